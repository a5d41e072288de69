/**
 * `svclane completion`: the script that a shell loads.
 */

import { readFileSync } from 'node:fs';

/** Prints the script, which stands in `config/completion`, beside `src` and `dist` alike. */
export function completionCommand(shell: 'bash' | 'zsh' | 'fish'): void {
  const file = new URL(`../../../config/completion/svclane.${shell}`, import.meta.url);
  process.stdout.write(readFileSync(file, 'utf8'));
}
