/**
 * The command line of the comparison.
 */

import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Names of cases and trials, or the beginnings of such; empty = all. */
  readonly cases: readonly string[];
  /** Path of svclane's main file; "" = build `dist/` and take that. */
  readonly main: string;
  /** How long both are left alone in the trial `idle`; 0 = it is left out. */
  readonly idleMinutes: number;
  /** Whether docs/benchmarks.md is written. */
  readonly page: boolean;
}

export const USAGE = `usage: npm run bench:forward -- [options]

  --rounds N         rounds, each with every target in turn (5)
  --seconds N        length of one measurement (2)
  --cases A,B        names of cases and trials, or their beginnings (all)
  --idle-minutes N   how long both are left alone in the trial "idle", while the rest goes on; 0 = not at all (10)
  --main FILE        run svclane from this file, instead of from dist/, which is built first
  --no-page          leave docs/benchmarks.md as it is
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
      main: { type: 'string', default: '' },
      'idle-minutes': { type: 'string', default: '10' },
      page: { type: 'boolean', default: true },
    },
  });
  return {
    rounds: number('rounds', values.rounds, 1),
    seconds: number('seconds', values.seconds, 0.1),
    cases: values.cases.split(',').filter((name) => name !== ''),
    main: values.main,
    idleMinutes: number('idle-minutes', values['idle-minutes'], 0),
    page: values.page,
  };
}

/** Whether a case, or a trial, is to be run. */
export function isChosen({ cases }: Options, name: string): boolean {
  return cases.length === 0 || cases.some((wanted) => name.startsWith(wanted));
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new TypeError(`--${name} wants a number from ${least} on\n\n${USAGE}`);
  return value;
}
