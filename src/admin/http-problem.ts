/**
 * Problems: what an HTTP request is told that cannot be answered. The command line tells the same.
 */

/** The codes of problems that the HTTP API answers with, beside `SVL_…`. */
export type HttpProblemCode =
  | 'NOT_FOUND'
  | 'BAD_REQUEST'
  | 'HOST_FORBIDDEN'
  | 'INTERNAL'
  | 'SVC_NOT_FOUND'
  | 'PORT_AMBIGUOUS'
  | 'REVISION_UNKNOWN';

/** A request that cannot be answered, with its code; `hint` says what would help, "" = nothing. */
export class HttpProblem extends Error {
  readonly statusCode: number;
  readonly code: HttpProblemCode;
  readonly hint: string;

  constructor(statusCode: 400 | 404, code: HttpProblemCode, message: string, hint = '') {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.hint = hint;
  }
}
