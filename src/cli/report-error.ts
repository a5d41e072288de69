/**
 * Errors as a person reads them: one `error:` line, one `hint:` line, and the exit code that belongs to it.
 */

import { type ErrorCode, SvclaneError } from '../errors.ts';
import { painted, paintFor } from './paint.ts';
import { ERROR_COLORS } from './text-colors.ts';

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
  process.stderr.write(painted(formatError(error), ERROR_COLORS, paintFor(process.stderr)));
}

/** What helps where whoever reports an error knows nothing better. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  SVL_USAGE: 'svclane --help, or --help behind the command',
  SVL_NOT_FOUND: 'svclane get services shows what is there',
  SVL_KUBECONFIG: 'kubectl config view shows what kubectl reads',
  SVL_API_UNREACHABLE: 'svclane doctor checks the way to the API server',
  SVL_API_UNAUTHORIZED: 'svclane doctor checks the credentials',
  SVL_API_FORBIDDEN: 'svclane doctor checks every right that is needed',
  SVL_LISTEN: 'svclane doctor names the process that has the address',
  SVL_DAEMON_RESPONSE: 'compare "svclane version" with the version of the daemon',
};

const OTHER_HINT = 'docs/errors.md says more of';

/** The lines of an error, each ended by a newline. */
function formatError(error: unknown): string {
  if (!(error instanceof SvclaneError)) {
    return `error: ${error instanceof Error ? error.stack : String(error)}\nhint: this is a fault of svclane: report it with these lines\n`;
  }
  return `error: ${error.message}\nhint: ${error.hint ?? HINTS[error.code] ?? `${OTHER_HINT} ${error.code}`}\n`;
}
