/**
 * What kind of value an argument or an option takes, told by how it is declared.
 */

import type { Argument, Option } from 'commander';

/** Kinds of values that somebody has to be asked about. */
export type ValueKind = 'services' | 'targets' | 'namespaces' | 'endpoints' | 'flows' | 'nodes' | 'contexts';

const OPTION_KINDS: Readonly<Record<string, ValueKind>> = {
  '--namespace': 'namespaces',
  '--context': 'contexts',
  '--node': 'nodes',
  '--hostname-override': 'nodes',
};

/** The kind of an option's value; `undefined` = anything. */
export function kindOfOption({ long }: Option): ValueKind | undefined {
  return OPTION_KINDS[long ?? ''];
}

const ARGUMENT_KINDS: Readonly<Record<string, ValueKind | 'files'>> = {
  service: 'services',
  services: 'services',
  target: 'services',
  targets: 'services',
  'service=target': 'targets',
  endpoint: 'endpoints',
  id: 'flows',
  bundle: 'files',
  file: 'files',
};

/** The kind of an argument; `undefined` = anything. */
export function kindOfArgument(argument: Argument): ValueKind | 'files' | undefined {
  return ARGUMENT_KINDS[argument.name()];
}

/** Whether an option names a file. */
export function isFile({ flags }: Option): boolean {
  return /[<[](file|path|folder|FILE|PATH)[\]>]$/.test(flags);
}

/** Words in a placeholder that stand for values, and are none. */
const STAND_INS: ReadonlySet<string> = new Set(['revision', 'time', 'age', 'duration', 'share']);

/**
 * The words that an option takes: those it was declared with, else those that its placeholder `<auto|nftables>` or, for a
 * format, its description `json | yaml` lists. One that goes on ends in `=` or `:`. Empty = anything.
 */
export function choicesOf({ argChoices, flags, description }: Option): readonly string[] {
  if (argChoices) return argChoices;
  const [, placeholder = ''] = /[<[]([^<>]+)[\]>]$/.exec(flags) ?? [];
  const listed = placeholder === 'format' ? (description.split(/[;:] /)[0] ?? '') : placeholder;
  const words = listed.split('|').map((word) => word.trim().replace(/([=:])\/?[A-Z]+$/, '$1'));
  if (words.length === 1 && placeholder !== 'format') return [];
  return words.every((word) => /^[a-z]+[=:]?$|^IPv[46]$/.test(word) && !STAND_INS.has(word)) ? words : [];
}
