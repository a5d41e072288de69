/**
 * The fault suite: `npm run test:faults`. Needs root, since each scenario has network namespaces of its own.
 */

import { readSection, writeSection } from '../../bench/page.ts';
import { writeResult } from '../../bench/results.ts';
import { Lab } from './lab/lab.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { markdownOf, textOf } from './report.ts';
import { Book, hasPassed, type Outcome, type Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';

const PAGE = 'faults.md';
const [SHORT_LIMIT_MS, FULL_LIMIT_MS] = [3 * 60_000, 30 * 60_000];
const NAMES = SCENARIOS.map(({ name }) => name);

if (process.argv.includes('--help')) console.log(usage(NAMES));
else await runAll(parseOptions(process.argv.slice(2), NAMES));

async function runAll(options: Options): Promise<void> {
  if (process.getuid?.() !== 0) {
    console.error('error: the fault suite makes network namespaces, so it has to run as root');
    process.exit(1);
  }
  const outcomes: Outcome[] = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    if (options.only.length > 0 && !options.only.includes(scenario.name)) continue;
    const outcome = await runOne(scenario, index, options.short);
    outcomes.push(outcome);
    console.log(textOf(outcome));
    if (options.page && !options.short) writePage(outcomes);
  }
  console.log(`written: ${writeResult('faults', outcomes)}`);
  const failed = outcomes.filter((outcome) => !hasPassed(outcome)).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** What a scenario throws is a check that does not hold, like any other. */
async function runOne({ name, title, run }: Scenario, index: number, isShort: boolean): Promise<Outcome> {
  const begun = performance.now();
  const book = new Book();
  const lab = new Lab(index, isShort);
  const stop = closeOnSignal(lab);
  try {
    await inTime(run(lab, book), isShort ? SHORT_LIMIT_MS : FULL_LIMIT_MS);
    book.equal('svclane complains of nothing that nobody caught', lab.complaints, []);
  } catch (error) {
    book.check('the scenario comes to its end', false, error instanceof Error ? error.message : String(error));
  } finally {
    stop();
    await lab.close();
  }
  return {
    name,
    title,
    form: isShort ? 'short' : 'full',
    date: new Date().toISOString().slice(0, 10),
    seconds: Math.round((performance.now() - begun) / 1000),
    figures: book.figures,
    checks: book.checks,
  };
}

/** Until what it gives is called, a signal ends the run and leaves nothing behind. */
function closeOnSignal(lab: Lab): () => void {
  const end = (signal: NodeJS.Signals): void => {
    lab.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  return () => void process.off('SIGINT', end).off('SIGTERM', end);
}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${ms / 60_000} minutes`)), ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** The page shows the full form, as far as it has got. */
function writePage(outcomes: readonly Outcome[]): void {
  const titles = SCENARIOS.map(({ title }) => title);
  writeSection('faults', markdownOf(outcomes, readSection('faults', PAGE), titles), PAGE);
}
