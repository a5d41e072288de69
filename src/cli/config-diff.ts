/**
 * `svclane config diff`: what a reload would change in a running daemon.
 */

import { Type } from 'typebox';
import { settingsOf } from '../config/build-config.ts';
import { type ConfigDiff, diffSettings } from '../config/diff-config.ts';
import { valueAt } from '../config/layer.ts';
import type { FlagValues } from '../config/option-layer.ts';
import { SvclaneError } from '../errors.ts';
import { askDaemon } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { loadConfig } from './load-config.ts';
import { formatTable } from './print-table.ts';

/** There are differences: as `diff` and `kubectl diff` tell them apart from none. */
const EXIT_DIFFERENCES = 8;

const CONFIGZ = Type.Object({ svclane: Type.Record(Type.String(), Type.Unknown()) });

/** How a daemon follows a change of each list of {@link ConfigDiff}. */
const WAYS: Readonly<Record<keyof ConfigDiff, string>> = {
  reloadable: 'reload, in place',
  needsRestart: 'reload, by a new process that takes over',
  needsStop: 'stop and start',
};

/** Longer values are cut in the table. */
const MAX_VALUE_LENGTH = 40;

/** One key that differs. `running` and `wanted` are as in a configuration file; absent = that side does not know the key. */
interface KeyChange {
  readonly key: string;
  readonly running: unknown;
  readonly wanted: unknown;
  readonly followedBy: string;
}

/** Prints the keys that differ. Resolves with 0 where none does, else with 8. Throws as `loadConfig` and `askDaemon`. */
export async function configDiffCommand(
  flags: FlagValues,
  { host, output }: { readonly host?: string; readonly output?: unknown },
): Promise<number> {
  if (output !== undefined && output !== 'json') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json' });
  }
  const wanted = settingsOf(loadConfig(flags, process.env));
  const { svclane: running } = await askDaemon(daemonHost(host, process.env), '/configz', CONFIGZ);
  const changes = changesOf(running, wanted);
  if (output === 'json') process.stdout.write(`${JSON.stringify({ items: changes }, null, 2)}\n`);
  else if (changes.length === 0) process.stderr.write('no differences\n');
  else process.stdout.write(formatTable(['KEY', 'RUNNING', 'WANTED', 'FOLLOWED BY'], changes.map(rowOf)));
  return changes.length > 0 ? EXIT_DIFFERENCES : 0;
}

function changesOf(running: unknown, wanted: unknown): readonly KeyChange[] {
  const diff = diffSettings(running, wanted);
  return (['reloadable', 'needsRestart', 'needsStop'] as const).flatMap((way) =>
    diff[way].map((key) => ({
      key,
      running: valueAt(running, key.split('.')),
      wanted: valueAt(wanted, key.split('.')),
      followedBy: WAYS[way],
    })),
  );
}

function rowOf({ key, running, wanted, followedBy }: KeyChange): readonly string[] {
  return [key, textOf(running), textOf(wanted), followedBy];
}

function textOf(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
}
