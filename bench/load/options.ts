/**
 * The command line of the comparison.
 */

import { parseArgs } from 'node:util';
import { TARGET_NAMES, type TargetName, WORKER_TARGET_NAMES } from './target.ts';

export interface Options {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Case names, or the beginnings of such; empty = all. */
  readonly cases: readonly string[];
  readonly targets: readonly TargetName[];
  /** Path of svclane's main file; "" = build `dist/` and take that. */
  readonly main: string;
  /** What is compared: svclane with its peers, with itself without telemetry, or with itself with more workers. */
  readonly comparison: 'load' | 'overhead' | 'workers';
  /** Whether docs/benchmarks.md is written. */
  readonly page: boolean;
}

export const USAGE = `usage: npm run bench -- [options]

  --rounds N       rounds, each with every target in turn (5)
  --seconds N      length of one measurement (2)
  --cases A,B      names of cases, or their beginnings (all)
  --targets A,B    of ${TARGET_NAMES.join(', ')} (all of these), ${WORKER_TARGET_NAMES.join(', ')}
  --overhead       svclane against itself without telemetry: another table, with its own cases and targets
  --workers        svclane with 1, 2 and 4 workers: likewise
  --main FILE      run svclane from this file, instead of from dist/, which is built first
  --no-page        leave docs/benchmarks.md as it is
`;

/** Parses; throws a `TypeError` with the usage where something is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      cases: { type: 'string', default: '' },
      targets: { type: 'string', default: TARGET_NAMES.join(',') },
      main: { type: 'string', default: '' },
      overhead: { type: 'boolean', default: false },
      workers: { type: 'boolean', default: false },
      page: { type: 'boolean', default: true },
    },
  });
  return {
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    cases: values.cases.split(',').filter((name) => name !== ''),
    targets: values.targets.split(',').map(targetName),
    main: values.main,
    comparison: values.overhead ? 'overhead' : values.workers ? 'workers' : 'load',
    page: values.page,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} wants a number above 0\n\n${USAGE}`);
  return value;
}

function targetName(text: string): TargetName {
  const name = [...TARGET_NAMES, ...WORKER_TARGET_NAMES].find((known) => known === text);
  if (name === undefined) throw new TypeError(`no target ${text}\n\n${USAGE}`);
  return name;
}
