/**
 * What a new configuration changes, and whether that needs a restart.
 */

import { deepEqual } from '../lib/deep-equal.ts';
import { isRecord } from '../lib/is-record.ts';
import { settingsOf } from './build-config.ts';
import type { Config } from './config.ts';

/** The keys that differ, in the file's form and order; a list counts as one key. */
export interface ConfigDiff {
  /** Followed in place. */
  readonly reloadable: readonly string[];
  /** Followed by a new process, to which this one hands over. */
  readonly needsRestart: readonly string[];
  /** Followed by a new process after this one has stopped. */
  readonly needsStop: readonly string[];
}

/** Keys, or what they begin with. */
const RELOADABLE = [
  'lanes',
  'services',
  'defaults',
  'history.maxRevisions',
  'history.maxAge',
  'logging.level',
  'logging.accessLog',
];

/** Two ways of capture would be in each other's way, while one process hands over to the next. */
const NEEDS_STOP = ['host.capture'];

/** Compares two configurations. All lists empty = they say the same. */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  return diffSettings(settingsOf(before), settingsOf(after));
}

/** As {@link diffConfig}, of what is in a file; a key that only one of them has differs. */
export function diffSettings(before: unknown, after: unknown): ConfigDiff {
  const paths = changedPaths(before, after, '');
  const isOf = (path: string, keys: readonly string[]) =>
    keys.some((key) => path === key || path.startsWith(`${key}.`));
  return {
    reloadable: paths.filter((path) => isOf(path, RELOADABLE)),
    needsRestart: paths.filter((path) => !isOf(path, RELOADABLE) && !isOf(path, NEEDS_STOP)),
    needsStop: paths.filter((path) => isOf(path, NEEDS_STOP)),
  };
}

/** The configuration that a reload puts in force: what can be followed is the new one's, the rest stays. */
export function reloadedConfig(before: Config, { lanes, services, defaults, history, logging }: Config): Config {
  return {
    ...before,
    lanes,
    services,
    defaults,
    history: { ...history, file: before.history.file },
    logging: { ...logging, format: before.logging.format },
  };
}

function changedPaths(before: unknown, after: unknown, path: string): string[] {
  if (!isRecord(before) || !isRecord(after)) return deepEqual(before, after) ? [] : [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}
