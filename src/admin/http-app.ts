/**
 * What every fastify app of svclane has in common: limits, and errors as `application/problem+json`.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { ErrorCode } from '../errors.ts';
import { channels } from '../observability/channels.ts';
import { HttpProblem, type HttpProblemCode, PROBLEM } from './http-problem.ts';
import { createMethodTable } from './method-table.ts';
import { STATUS_CODES } from './node-http.ts';

/** A body that is longer is refused unread. */
const MAX_BODY_BYTES = 64 * 1024;
/** The id of an endpoint is the longest parameter: three names and an address. */
const MAX_PARAM_LENGTH = 512;

/** A fastify app whose schemas are typebox'. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** An app without routes; it never listens itself. Every error is a problem document, and nothing echoes the request. */
export function createHttpApp(): HttpApp {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    logger: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // A field that the schema does not know is refused, not dropped: it may be a typing error.
    ajv: { customOptions: { removeAdditional: false } },
    frameworkErrors: (error, _request, reply) => sendError(error, undefined, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(PROBLEM);
  // A form of a foreign page could send text, without a question asked first.
  app.removeContentTypeParser('text/plain');
  const methods = createMethodTable(app);
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return sendProblem(reply, 404, 'NOT_FOUND', 'there is nothing at this path');
    }
    reply.header('allow', allowed.join(', '));
    return sendProblem(reply, 405, 'METHOD_NOT_ALLOWED', `this path takes ${allowed.join(', ')}`);
  });
  app.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => sendError(error, request, reply));
  return app;
}

const CODES: Readonly<Record<number, HttpProblemCode>> = {
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

/** What fastify objects to, in our words where its own would echo the request. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the path cannot be decoded',
  FST_ERR_MAX_PARAM_LENGTH: 'a part of the path is too long',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'a body has to be application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is no JSON',
};

function sendError(error: FastifyError | HttpProblem, request: FastifyRequest | undefined, reply: FastifyReply) {
  if (error instanceof HttpProblem) return sendProblem(reply, error.statusCode, error.code, error.message, error.hint);
  const status = error.statusCode ?? 500;
  if (status < 500) {
    return sendProblem(reply, status, CODES[status] ?? 'BAD_REQUEST', DETAILS[error.code] ?? error.message);
  }
  channels.httpRequestFailed.publish({ url: request?.url ?? '', error });
  return sendProblem(reply, 500, 'INTERNAL', 'svclane failed to answer; its log says more');
}

/** The code of the problem that a reply was, for whoever writes down what became of a request. */
export function problemCodeOf(reply: FastifyReply): string | undefined {
  return sentCodes.get(reply.raw);
}

const sentCodes = new WeakMap<ServerResponse, string>();

/** Answers with a problem document; `hint` is a member of it where there is one. Source: RFC 9457. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  code: HttpProblemCode | ErrorCode,
  detail: string,
  hint = '',
): FastifyReply {
  const title = STATUS_CODES[status] ?? 'Error';
  const problem = { type: 'about:blank', title, status, code, detail, ...(hint !== '' && { hint }) };
  sentCodes.set(reply.raw, code);
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}
