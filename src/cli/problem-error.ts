/**
 * Problems as errors: what the daemon objects to, as the command line says it. Without a daemon it is said the same way.
 */

import type { HttpProblem, HttpProblemCode } from '../admin/http-problem.ts';
import { ERROR_CODES, type ErrorCode, SvclaneError } from '../errors.ts';

const ERRORS: Partial<Record<HttpProblemCode, ErrorCode>> = {
  SVC_NOT_FOUND: 'SVL_NOT_FOUND',
  PORT_NOT_FOUND: 'SVL_NOT_FOUND',
  ENDPOINT_NOT_FOUND: 'SVL_NOT_FOUND',
  FLOW_NOT_FOUND: 'SVL_NOT_FOUND',
  REVISION_UNKNOWN: 'SVL_NOT_FOUND',
  INTERVENTION_NOT_FOUND: 'SVL_NOT_FOUND',
  OVERRIDE_LOOP: 'SVL_USAGE',
  LIMIT_REACHED: 'SVL_FORBIDDEN',
  PORT_AMBIGUOUS: 'SVL_USAGE',
  BAD_REQUEST: 'SVL_USAGE',
  UNAUTHORIZED: 'SVL_UNAUTHORIZED',
  CHANGES_OFF: 'SVL_FORBIDDEN',
  HOST_FORBIDDEN: 'SVL_FORBIDDEN',
};

/** The error that a problem document means, its code in the fact `problem`; `undefined` = it is none that a person could mend. */
export function problemError(text: string): SvclaneError | undefined {
  const problem = parseRecord(text);
  const code = typeof problem.code === 'string' ? errorCodeOf(problem.code) : undefined;
  if (!code || typeof problem.detail !== 'string') return undefined;
  const facts = { problem: problem.code };
  return new SvclaneError(code, problem.detail, {
    facts,
    ...(typeof problem.hint === 'string' && { hint: problem.hint }),
  });
}

/** The same for a problem of our own. */
export function errorOfProblem({ code, message, hint }: HttpProblem): SvclaneError {
  const facts = { problem: code };
  return new SvclaneError(errorCodeOf(code) ?? 'SVL_USAGE', message, { facts, ...(hint !== '' && { hint }) });
}

/** A problem may have one of our own codes already. */
function errorCodeOf(code: string): ErrorCode | undefined {
  const own = Object.keys(ERROR_CODES).find((known): known is ErrorCode => known === code);
  return own ?? Object.entries(ERRORS).find(([known]) => known === code)?.[1];
}

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
