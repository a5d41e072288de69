/**
 * The layers of flags and environment: the values of `FLAGS` as settings.
 */

import { checkSettings } from './check-settings.ts';
import { type ConfigProblem, formatPath, type SettingPath } from './config-problem.ts';
import { type ConfigFlag, FLAGS } from './flags.ts';
import { parseLaneFlag } from './lane-notation.ts';
import { type Layer, overlay } from './layer.ts';
import { SETTINGS } from './schema.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Values by name of the flag (`log-level`). A flag that may be given several times has a list. */
export type FlagValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The layer of the flags. An empty value counts: it turns off what can be turned off. */
export function flagLayer(flags: FlagValues): Layer {
  return optionLayer(
    ({ name }) => `--${name}`,
    ({ name }) => flags[name],
  );
}

/** The layer of the environment. An empty variable counts as absent. */
export function envLayer(env: Env): Layer {
  return optionLayer(
    ({ env: name }) => name,
    ({ env: name }) => env[name] || undefined,
  );
}

function optionLayer(nameOf: (flag: ConfigFlag) => string, givenFor: (flag: ConfigFlag) => FlagValues[string]): Layer {
  let given: unknown = {};
  const problems: ConfigProblem[] = [];
  for (const flag of FLAGS) {
    const value = givenFor(flag);
    if (value === undefined || flag.path === '') continue;
    const parsed = parseOption(flag, value);
    if (parsed.wrong === undefined) given = overlay(given, nest(flag.path, parsed.value));
    else problems.push({ path: flag.path, where: nameOf(flag), message: wrongLane(flag, parsed.wrong) });
  }
  const originOf = (path: SettingPath) => ({ where: nameOf(flagOf(path)) });
  const checked = checkSettings(SETTINGS, given);
  for (const { path, message } of checked.problems)
    problems.push({ path: formatPath(path), ...originOf(path), message });
  return { given, settings: checked.value, problems, originOf };
}

type Parsed = { readonly value: unknown; readonly wrong?: never } | { readonly wrong: string };

function parseOption({ takes }: ConfigFlag, value: string | readonly string[]): Parsed {
  const texts = typeof value === 'string' ? [value] : value;
  if (takes === 'one') return { value: texts.at(-1) ?? '' };
  const words = texts.flatMap((text) => text.split(/[,\s]+/)).filter((word) => word !== '');
  if (takes === 'list') return { value: words };
  const lanes = words.map((word) => parseLaneFlag(word) ?? word);
  const wrong = lanes.find((lane) => typeof lane === 'string');
  return wrong === undefined ? { value: lanes } : { wrong };
}

function wrongLane({ placeholder }: ConfigFlag, text: string): string {
  return `expected ${placeholder}, such as svc/web:http=127.0.0.1:8080, not ${JSON.stringify(text)}`;
}

function nest(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function flagOf(path: SettingPath): ConfigFlag {
  const text = formatPath(path);
  const flag = FLAGS.find((candidate) => candidate.path !== '' && text.startsWith(candidate.path));
  if (!flag) throw new TypeError(`no flag sets ${text}`);
  return flag;
}
