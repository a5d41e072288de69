/**
 * promtool and the official Python client, out of Debian's packages.
 *
 * They are unpacked rather than installed, for the package `prometheus` starts a server where systemd runs.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_DIR } from '../cluster/build/cache.ts';
import { runCommand } from '../cluster/build/run-command.ts';

const PACKAGES = ['prometheus', 'python3-prometheus-client'];
const FOLDER = join(CACHE_DIR, 'prometheus-tools');

/** What a program wrote, and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** One family, as the client's parser has it: the name of a counter is without `_total`. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** Runs promtool in `folder`, with `input` as its standard input. */
export function promtool(args: readonly string[], { input = '', cwd = '.' } = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(pathOf('/usr/bin/promtool'), args, { input, cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Parses the text format. Throws where the parser does. */
export function parseByClient(text: string): readonly Family[] {
  const PYTHONPATH = pathOf('/usr/lib/python3/dist-packages');
  const script = join(import.meta.dirname, 'parse-metrics.py');
  return JSON.parse(
    runCommand('python3', [script], { input: text, env: { PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' } }),
  );
}

function pathOf(installed: string): string {
  if (!existsSync(FOLDER)) unpack();
  return join(FOLDER, installed);
}

/** The folder appears whole, or not at all. */
function unpack(): void {
  mkdirSync(CACHE_DIR, { recursive: true });
  const folder = mkdtempSync(join(CACHE_DIR, 'unpacking-'));
  try {
    download(folder);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
      runCommand('dpkg', ['--extract', join(folder, file), folder]);
      rmSync(join(folder, file));
    }
    renameSync(folder, FOLDER);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A machine that was just made has no lists of packages. */
function download(folder: string): void {
  const command = ['-qq', 'download', ...PACKAGES];
  try {
    runCommand('apt-get', command, { cwd: folder });
  } catch {
    runCommand('apt-get', ['-qq', 'update']);
    runCommand('apt-get', command, { cwd: folder });
  }
}
