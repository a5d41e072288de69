/**
 * The comparison: svclane, HAProxy, nginx and no proxy at all, in one run, round by round in turn.
 *
 *   for each case:  round 1: direct haproxy nginx svclane · round 2: haproxy nginx svclane direct · …
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { builtMain } from '../built-main.ts';
import { writeSection } from '../page.ts';
import { resultsFolder, writeResult } from '../results.ts';
import { measureInTurn } from '../rounds.ts';
import { startBackends } from './backends.ts';
import type { BenchCase, Lab } from './bench-case.ts';
import { CASES } from './cases/all.ts';
import { compareCase, type Row } from './compare.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { OVERHEAD_CASES, OVERHEAD_TARGETS, overheadTable } from './overhead.ts';
import { buildGenerator, describeMachine, installTools } from './requirements.ts';
import type { Sample } from './samples.ts';
import { markdownTable } from './table.ts';
import type { Target, TargetName } from './target.ts';
import { startTarget } from './targets/start-target.ts';
import { WORKER_CASES, WORKER_TARGETS, workersTable } from './workers.ts';

if (process.argv.includes('--help')) console.log(USAGE);
else await compare(parseOptions(process.argv.slice(2)));

async function compare(options: Options): Promise<void> {
  await installTools();
  const gen = await buildGenerator(resultsFolder('bin'));
  const main = builtMain(options.main);
  const folder = mkdtempSync(join(resultsFolder(), 'run-'));
  const backends = await startBackends(folder, gen);
  let started = 0;
  const begin = (name: Target['name'], extraListeners = 0): Promise<Target> => {
    started += 1;
    return startTarget(name, { backends, folder: join(folder, `${name}-${started}`), extraListeners, main });
  };
  const lab: Lab = { gen, seconds: options.seconds, backends, fresh: begin };
  const targets = [];
  for (const name of targetsOf(options)) targets.push(await begin(name));
  const samples: Sample[] = [];
  const rows: Row[] = [];
  for (const each of chosen(options)) {
    samples.push(...(await measureInTurn(each, targets, lab, options.rounds)));
    if (options.comparison !== 'load') continue;
    const own = compareCase(each, samples);
    rows.push(...own);
    console.log(`${markdownTable(own).split('\n').slice(2).join('\n')}`);
  }
  await Promise.all([...targets.map((target) => target.stop()), backends.stop()]);
  rmSync(folder, { recursive: true });
  await publish(options, main, samples, rows);
  process.exit(0);
}

function targetsOf({ comparison, targets }: Options): readonly TargetName[] {
  return { load: targets, overhead: OVERHEAD_TARGETS, workers: WORKER_TARGETS }[comparison];
}

function chosen({ cases, comparison }: Options): readonly BenchCase[] {
  const all = { load: CASES, overhead: OVERHEAD_CASES, workers: WORKER_CASES }[comparison];
  if (cases.length === 0) return all;
  return all.filter(({ name }) => cases.some((wanted) => name.startsWith(wanted)));
}

async function publish(
  options: Options,
  main: string,
  samples: readonly Sample[],
  rows: readonly Row[],
): Promise<void> {
  const { comparison: name } = options;
  const machine = (await describeMachine()).filter((fact) => name === 'load' || !/^(HAProxy|nginx)/.test(fact));
  const facts = [
    ...machine,
    `svclane from ${main.endsWith('.js') ? 'dist/' : 'src/'}`,
    `${options.rounds} rounds of ${options.seconds} s, ${new Date().toISOString().slice(0, 10)}`,
    `load average of the last 15 minutes: ${loadavg()[2]?.toFixed(1)}`,
  ];
  const table = {
    load: () => markdownTable(rows),
    overhead: () => overheadTable(samples),
    workers: () => workersTable(samples),
  }[name]();
  console.log(`\n${table}\n\n${facts.join('\n')}`);
  console.log(`\nwritten: ${writeResult(name, { options, facts, rows, samples })}`);
  if (options.page && options.cases.length === 0) {
    writeSection(name, `${facts.map((fact) => `- ${fact}`).join('\n')}\n\n${table}`);
    console.log('written: docs/benchmarks.md');
  }
}
