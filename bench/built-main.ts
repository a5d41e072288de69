/**
 * svclane as it is installed: compiled into dist/, and run by Node.js with the options of the service.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');

/** Builds dist/ and gives the path of its main file; a `main` that is given is only made absolute. */
export function builtMain(main: string): string {
  if (main !== '') return resolve(main);
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT, stdio: ['ignore', 'inherit', 'inherit'] });
  return join(PROJECT, 'dist', 'main.js');
}

/** The options for Node.js that `systemd/install.sh` writes into the launcher. */
export function serviceNodeOptions(): readonly string[] {
  return readFileSync(join(PROJECT, 'systemd', 'node-options'), 'utf8')
    .trim()
    .split(/\s+/);
}
