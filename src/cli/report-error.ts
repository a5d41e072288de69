/**
 * Errors as a person reads them: one `error:` line, at most one `hint:` line, and the exit code that belongs to it.
 */

import { type ErrorCode, SvclaneError } from '../errors.ts';

const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  SVL_USAGE: 2,
  SVL_NOT_FOUND: 3,
  SVL_KUBECONFIG: 5,
  SVL_API_UNREACHABLE: 5,
  SVL_API_UNAUTHORIZED: 5,
  SVL_API_FORBIDDEN: 5,
  SVL_API_RESPONSE: 5,
  SVL_LISTEN: 6,
  SVL_DAEMON_UNREACHABLE: 7,
};

/** The exit code for an error: 1 where no other is documented. */
export function exitCodeOf(error: unknown): number {
  return (error instanceof SvclaneError ? EXIT_CODES[error.code] : undefined) ?? 1;
}

/** Writes an error to stderr. An error that is not ours is a bug: its stack is shown. */
export function printError(error: unknown): void {
  process.stderr.write(formatError(error));
}

/** The lines of an error, each ended by a newline. */
function formatError(error: unknown): string {
  if (!(error instanceof SvclaneError)) return `error: ${error instanceof Error ? error.stack : String(error)}\n`;
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `error: ${error.message}\n${hint}`;
}
