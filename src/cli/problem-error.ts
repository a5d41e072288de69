/**
 * Problems as errors: what the daemon objects to, as the command line says it. Without a daemon it is said the same way.
 */

import type { HttpProblem, HttpProblemCode } from '../admin/http-problem.ts';
import { type ErrorCode, SvclaneError } from '../errors.ts';

const ERRORS: Partial<Record<HttpProblemCode, ErrorCode>> = {
  SVC_NOT_FOUND: 'SVL_NOT_FOUND',
  REVISION_UNKNOWN: 'SVL_NOT_FOUND',
  PORT_AMBIGUOUS: 'SVL_USAGE',
  BAD_REQUEST: 'SVL_USAGE',
};

/** The error that a problem document means; `undefined` = it is none that a person could mend. */
export function problemError(text: string): SvclaneError | undefined {
  const problem = parseRecord(text);
  const code = Object.entries(ERRORS).find(([known]) => known === problem.code)?.[1];
  if (!code || typeof problem.detail !== 'string') return undefined;
  return new SvclaneError(code, problem.detail, typeof problem.hint === 'string' ? { hint: problem.hint } : {});
}

/** The same for a problem of our own. */
export function errorOfProblem({ code, message, hint }: HttpProblem): SvclaneError {
  return new SvclaneError(ERRORS[code] ?? 'SVL_USAGE', message, hint === '' ? {} : { hint });
}

function parseRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
