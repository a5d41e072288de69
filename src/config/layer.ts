/**
 * A layer: the part of the settings that one origin gives (the file, the environment, the flags).
 */

import { isRecord } from '../lib/is-record.ts';
import type { ConfigProblem, SettingPath } from './config-problem.ts';

/** Where a person has to look: `config.yaml:12`, `--log-level`. */
interface Origin {
  readonly where: string;
  readonly line?: number;
}

export interface Layer {
  /** As given, nothing left out. */
  readonly given: unknown;
  /** What of it is right. */
  readonly settings: unknown;
  readonly problems: readonly ConfigProblem[];
  originOf(path: SettingPath): Origin;
}

/** Two parts of the settings as one: mappings join, of anything else the upper one counts. */
export function overlay(lower: unknown, upper: unknown): unknown {
  if (upper === undefined) return lower;
  if (!isRecord(lower) || !isRecord(upper)) return upper;
  const joined: Record<string, unknown> = { ...lower };
  for (const [key, value] of Object.entries(upper)) joined[key] = overlay(joined[key], value);
  return joined;
}

/** What a part of the settings has at `path`; `undefined` = nothing. */
export function valueAt(tree: unknown, path: SettingPath): unknown {
  let value = tree;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isRecord(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}
