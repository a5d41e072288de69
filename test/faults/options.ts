/**
 * The command line of the fault suite.
 */

import { parseArgs } from 'node:util';

export interface Options {
  /** Names of scenarios; empty = all. */
  readonly only: readonly string[];
  readonly short: boolean;
  /** Whether docs/faults.md is written. */
  readonly page: boolean;
}

/** The text of `--help`; `names` are those of the scenarios. */
export function usage(names: readonly string[]): string {
  return `usage: npm run test:faults -- [options]

  --short        fewer connections and shorter times; docs/faults.md stays as it is
  --only A,B     of ${names.join(', ')} (all)
  --no-page      leave docs/faults.md as it is
`;
}

/** Parses; throws a `TypeError` with the usage where something is wrong. */
export function parseOptions(args: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string', default: '' },
      short: { type: 'boolean', default: false },
      page: { type: 'boolean', default: true },
    },
  });
  const only = values.only.split(',').filter((name) => name !== '');
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new TypeError(`no scenario ${unknown}\n\n${usage(names)}`);
  return { only, short: values.short, page: values.page };
}
