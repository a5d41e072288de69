/**
 * What a new configuration changes, and whether that needs a restart.
 */

import { deepEqual } from '../lib/deep-equal.ts';
import { isRecord } from '../lib/is-record.ts';
import { settingsOf } from './build-config.ts';
import type { Config } from './config.ts';

/** The keys that differ, in the file's form and order; a list counts as one key. */
export interface ConfigDiff {
  readonly reloadable: readonly string[];
  readonly needsRestart: readonly string[];
}

const RELOADABLE: ReadonlySet<string> = new Set(['lanes', 'services', 'defaults', 'logging']);

/** Compares two configurations. Both lists empty = they say the same. */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  const paths = changedPaths(settingsOf(before), settingsOf(after), '');
  const isReloadable = (path: string) => RELOADABLE.has(path.split('.')[0] ?? '');
  return {
    reloadable: paths.filter(isReloadable),
    needsRestart: paths.filter((path) => !isReloadable(path)),
  };
}

/** The configuration that a reload puts in force: what can be followed is the new one's, the rest stays. */
export function reloadedConfig(before: Config, { lanes, services, defaults, logging }: Config): Config {
  return { ...before, lanes, services, defaults, logging };
}

function changedPaths(before: unknown, after: unknown, path: string): string[] {
  if (!isRecord(before) || !isRecord(after)) return deepEqual(before, after) ? [] : [path];
  return Object.keys(before).flatMap((key) =>
    changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}
