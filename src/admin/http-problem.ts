/**
 * Problems: what an HTTP request is told that cannot be answered. The command line tells the same.
 */

import { Type } from 'typebox';
import type { ErrorCode } from '../errors.ts';

/** The codes of problems that the HTTP API answers with, and their meanings. Beside them stand those of `errors.ts`. */
export const PROBLEM_CODES = {
  BAD_REQUEST: 'the path, the query, a header or the body cannot be understood',
  UNAUTHORIZED: 'a token is needed, and there was none or a wrong one',
  HOST_FORBIDDEN: 'the Host or Origin header names somebody else: a page of another site may have asked',
  CHANGES_OFF: 'the configuration allows no changes',
  NOT_FOUND: 'there is nothing at this path',
  SVC_NOT_FOUND: 'there is no such Service',
  PORT_NOT_FOUND: 'the Service has no such port',
  PORT_AMBIGUOUS: 'several ports of the Service match',
  ENDPOINT_NOT_FOUND: 'no Service port has this endpoint',
  FLOW_NOT_FOUND: 'no live flow has this id',
  REVISION_UNKNOWN: 'the revision has left the history, or has not come',
  METHOD_NOT_ALLOWED: 'the path takes other methods; the Allow header names them',
  INTERVENTION_NOT_FOUND: 'the Service has no such override, or no such fault, in force',
  LIMIT_REACHED: 'there are as many of this kind as there may be',
  OVERRIDE_LOOP: 'the target of the override leads back to the Service itself',
  RELOAD_UNAVAILABLE: 'this daemon has no configuration that it could read again',
  BODY_TOO_LARGE: 'the body is longer than 64 KiB',
  MEDIA_TYPE_UNSUPPORTED: 'a body has to be application/json',
  INTERNAL: 'svclane failed inside; its log says more',
} as const;

export type HttpProblemCode = keyof typeof PROBLEM_CODES;

/** The name of the shape, by which other schemas refer to it. */
export const PROBLEM_ID = 'Problem';

/** A problem document; `hint` is one sentence that says what would help. Source: RFC 9457. */
export const PROBLEM = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    hint: Type.Optional(Type.String()),
  },
  { $id: PROBLEM_ID },
);

/** A request that cannot be answered, with its code; `hint` says what would help, "" = nothing. */
export class HttpProblem extends Error {
  readonly statusCode: 400 | 403 | 404 | 409 | 422;
  readonly code: HttpProblemCode | ErrorCode;
  readonly hint: string;

  constructor(statusCode: 400 | 403 | 404 | 409 | 422, code: HttpProblemCode | ErrorCode, message: string, hint = '') {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.hint = hint;
  }
}
