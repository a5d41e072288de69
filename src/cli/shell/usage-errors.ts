/**
 * A command line that cannot be understood: one `error:` line and one `hint:` line, whichever command it is.
 */

import type { Command } from 'commander';

/** Lets each command of the tree, as it is now, tell its errors so. */
export function tellUsageErrors(command: Command, path: string = command.name()): void {
  command.showHelpAfterError(false).configureOutput({
    outputError: (text, write) => write(formatUsageError(text, path)),
  });
  for (const child of command.commands) tellUsageErrors(child, `${path} ${child.name()}`);
}

/** What commander says, and the word that was probably meant, else where to look. */
function formatUsageError(text: string, path: string): string {
  const [, near] = /\(Did you mean (?:one of )?([^?]+)\?\)/.exec(text) ?? [];
  const [first = ''] = text.trim().split('\n');
  const hint = near === undefined ? `${path} --help` : `did you mean ${near.replaceAll(', ', ' or ')}?`;
  return `error: ${first.replace(/^error: /i, '')}\nhint: ${hint}\n`;
}
