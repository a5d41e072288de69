/**
 * The comparison of `svclane forward` with `kubectl port-forward`, in one run, round by round in turn.
 *
 *   for each case:  round 1: direct kubectl svclane svclane-3 · round 2: kubectl svclane svclane-3 direct · …
 *   then each trial, kubectl first; the two of the trial "idle" are there from the beginning
 */

import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { binary } from '../../test/cluster/build/cache.ts';
import { builtMain } from '../built-main.ts';
import { run } from '../load/processes.ts';
import { buildGenerator, describeMachine } from '../load/requirements.ts';
import { writeSection } from '../page.ts';
import { resultsFolder, writeResult } from '../results.ts';
import { measureInTurn } from '../rounds.ts';
import { CASES, type Lab, TARGET_NAMES, type Target, type TargetName, wantedOf } from './cases.ts';
import { Gen } from './gen.ts';
import { isChosen, type Options, parseOptions, USAGE } from './options.ts';
import { createPrograms, type ProgramName, type Programs } from './program.ts';
import { figuresTable, outcomesTable, type Sample } from './report.ts';
import { BULK_PORT, HTTP_PORT, type Stage, startStage } from './stage.ts';
import { IdleTrial, type Outcome, runTrial, TRIALS } from './trials.ts';

const WARM_UP_SECONDS = 1;
const PROGRAMS: readonly ProgramName[] = ['kubectl', 'svclane'];

if (process.argv.includes('--help')) console.log(USAGE);
else await compare(parseOptions(process.argv.slice(2)));

async function compare(options: Options): Promise<void> {
  const path = await buildGenerator(resultsFolder('bin'));
  const main = builtMain(options.main);
  const stage = await startStage(path);
  try {
    const gen = new Gen(path, stage);
    const programs = createPrograms(stage, gen, main);
    const lab: Lab = { gen, programs, seconds: options.seconds };
    const beganMs = performance.now();
    const isIdle = options.idleMinutes > 0 && isChosen(options, IdleTrial.NAME);
    const idle = isIdle ? await IdleTrial.begin(PROGRAMS, programs, gen) : undefined;
    const samples = await measureAll(options, lab, stage);
    const outcomes = await tryAll(options, lab, stage);
    if (idle !== undefined) {
      await delay(Math.max(0, beganMs + options.idleMinutes * 60_000 - performance.now()));
      outcomes.push(...(await idle.end()));
    }
    await publish(options, main, samples, outcomes);
  } finally {
    await stage.stop();
  }
  process.exit(0);
}

async function measureAll(options: Options, lab: Lab, stage: Stage): Promise<readonly Sample[]> {
  const cases = CASES.filter(({ name }) => isChosen(options, name));
  const targets = cases.length === 0 ? [] : await startTargets(lab, stage);
  const samples: Sample[] = [];
  for (const each of cases) {
    samples.push(...(await measureInTurn(each, targets, lab, options.rounds)));
    console.log(figuresTable([each], samples).split('\n').slice(2).join('\n'));
  }
  await Promise.all(targets.map((target) => target.stop()));
  return samples;
}

type RunningTarget = Target & { stop(): Promise<void> };

async function startTargets({ programs, gen }: Lab, stage: Stage): Promise<readonly RunningTarget[]> {
  const targets: RunningTarget[] = [];
  for (const name of TARGET_NAMES) targets.push(await startTarget(name, programs, stage));
  for (const target of targets) await warmUp(target, gen);
  return targets;
}

/** What a program compiles as it goes, and keeps for pods, is not what is compared. */
async function warmUp({ place, address }: Target, gen: Gen): Promise<void> {
  await gen.run(place, 'new', address(HTTP_PORT), '8', String(WARM_UP_SECONDS));
  for (const way of ['up', 'down']) await gen.run(place, 'bulk', address(BULK_PORT), way, String(WARM_UP_SECONDS));
}

async function startTarget(name: TargetName, programs: Programs, { podAddress }: Stage): Promise<RunningTarget> {
  const wanted = wantedOf(name);
  if (wanted === undefined) {
    const address = (remote: number): string => `${podAddress}:${remote}`;
    return { name, place: 'node', address, cpuSeconds: () => 0, stop: async () => {} };
  }
  const [http = 0, bulk = 0] = programs.ports(2);
  const pairs = [
    { local: http, remote: HTTP_PORT },
    { local: bulk, remote: BULK_PORT },
  ];
  const program = await programs.start(wanted.program, [{ target: wanted.target, pairs }]);
  return { ...program, name, place: 'laptop' };
}

async function tryAll(options: Options, { programs, gen }: Lab, stage: Stage): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const trial of TRIALS.filter(({ name }) => isChosen(options, name))) {
    for (const program of PROGRAMS) outcomes.push(await runTrial(trial, program, { programs, gen, stage }));
    console.log(outcomesTable(outcomes.slice(-PROGRAMS.length), options.idleMinutes).split('\n').at(-1));
  }
  return outcomes;
}

async function publish(
  options: Options,
  main: string,
  samples: readonly Sample[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const machine = (await describeMachine()).filter((fact) => !/^(HAProxy|nginx)/.test(fact));
  const version: unknown = JSON.parse(await run([binary('kubectl'), 'version', '--client', '-o', 'json']));
  const facts = [
    ...machine.filter((fact) => fact !== ''),
    `kubectl ${/"gitVersion":\s*"([^"]+)"/.exec(JSON.stringify(version))?.[1] ?? ''}`,
    `svclane from ${main.endsWith('.js') ? 'dist/' : 'src/'}`,
    `${options.rounds} rounds of ${options.seconds} s, ${new Date().toISOString().slice(0, 10)}`,
    `load average of the last 15 minutes: ${loadavg()[2]?.toFixed(1)}`,
  ];
  const cases = CASES.filter(({ name }) => isChosen(options, name));
  const tables = `${figuresTable(cases, samples)}\n\n${outcomesTable(outcomes, options.idleMinutes)}`;
  console.log(`\n${tables}\n\n${facts.join('\n')}`);
  writeResult('forward', { options: { ...options, main: '' }, facts, samples, outcomes });
  if (options.page && options.cases.length === 0) {
    writeSection('forward', `${facts.map((fact) => `- ${fact}`).join('\n')}\n\n${tables}`);
    console.log('written: docs/benchmarks.md');
  }
}
