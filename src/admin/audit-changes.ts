/**
 * Every change that is asked for is told, accepted or refused: who, what, and what became of it.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatHostPort } from '../model/address.ts';
import { type ChangeMessage, channels } from '../observability/channels.ts';
import { isAdmitted, isChange } from './access.ts';
import { type HttpApp, problemCodeOf } from './http-app.ts';

/** A line of the log need not be longer. */
const MAX_TARGET = 512;

/**
 * Publishes on `channels.changeRequested`, ahead of the answer: also where the client is gone by then. The answer has the id
 * that the message has, as `x-request-id`.
 */
export function addChangeAudit(app: HttpApp): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isChange(request.method)) {
      reply.header('x-request-id', request.id);
      channels.changeRequested.publish(messageOf(request, reply));
    }
    done();
  });
}

function messageOf(request: FastifyRequest, reply: FastifyReply): ChangeMessage {
  const { statusCode: status } = reply;
  const outcome = status < 400 ? 'accepted' : status < 500 ? 'refused' : 'failed';
  return {
    requestId: request.id,
    // Node does not tell the uid behind a Unix socket.
    who: isAdmitted(request) ? 'token' : 'nobody',
    peer: request.socket.remoteAddress
      ? formatHostPort(request.socket.remoteAddress, request.socket.remotePort ?? 0)
      : 'unix',
    action: request.routeOptions.schema?.operationId ?? request.method,
    target: (request.url.split('?')[0] ?? '').slice(0, MAX_TARGET),
    outcome,
    status,
    code: problemCodeOf(reply) ?? '',
  };
}
