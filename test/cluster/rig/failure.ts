/**
 * Errors as plain data, to be sent between processes.
 */

import { errnoOf } from '../../../src/errors.ts';
import type { Failure } from './agent-operations.ts';

/** The errno code where there is one, `timeout` for an abort, else the message. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return { error: 'timeout' };
  return { error: errnoOf(error) ?? String(error) };
}
