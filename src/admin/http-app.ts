/**
 * What every fastify app of svclane has in common: limits, and errors as `application/problem+json`.
 */

import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { channels } from '../observability/channels.ts';
import { HttpProblem, type HttpProblemCode } from './http-problem.ts';

/** A fastify app whose schemas are typebox'. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

/** An app without routes; it never listens itself. Every error is a problem document, and nothing echoes the request. */
export function createHttpApp(): HttpApp {
  const app = Fastify({ bodyLimit: 64 * 1024, logger: false }).withTypeProvider<TypeBoxTypeProvider>();
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'NOT_FOUND', 'there is nothing at this path'));
  app.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => {
    if (error instanceof HttpProblem) {
      return sendProblem(reply, error.statusCode, error.code, error.message, error.hint);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, status, 'BAD_REQUEST', error.message);
    channels.httpRequestFailed.publish({ url: request.url, error });
    return sendProblem(reply, 500, 'INTERNAL', 'svclane failed to answer; its log says more');
  });
  return app;
}

/** Answers with a problem document; `hint` is a member of it where there is one. Source: RFC 9457. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  code: HttpProblemCode,
  detail: string,
  hint = '',
): FastifyReply {
  const title = STATUS_CODES[status] ?? 'Error';
  const problem = { type: 'about:blank', title, status, code, detail, ...(hint !== '' && { hint }) };
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}
