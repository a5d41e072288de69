/**
 * svclane as it is installed: compiled into dist/.
 */

import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const PROJECT = join(import.meta.dirname, '..');

/** Builds dist/ and gives the path of its main file; a `main` that is given is only made absolute. */
export function builtMain(main: string): string {
  if (main !== '') return resolve(main);
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT, stdio: ['ignore', 'inherit', 'inherit'] });
  return join(PROJECT, 'dist', 'main.js');
}
