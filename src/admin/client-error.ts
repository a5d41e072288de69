/**
 * What a client is told that does not speak HTTP: a problem document too, and then its connection ends.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errnoOf } from '../errors.ts';
import { STATUS_CODES } from './node-http.ts';

/** Source: the statuses that node:http answers with by itself. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what cannot be parsed, unless an answer to something else is under way. */
export function answerClientErrors(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => answers.set(request.socket, response));
  server.on('clientError', (error: Error, socket: Duplex) => {
    const answer = answers.get(socket);
    const isBusy = answer?.headersSent === true && !answer.writableFinished;
    if (!socket.writable || isBusy || errnoOf(error) === 'ECONNRESET') socket.destroy();
    else socket.end(problemText(STATUSES[errnoOf(error) ?? ''] ?? 400), () => socket.destroy());
  });
}

function problemText(status: number): string {
  const title = STATUS_CODES[status] ?? 'Error';
  const detail = 'the request cannot be understood';
  const body = JSON.stringify({ type: 'about:blank', title, status, code: 'BAD_REQUEST', detail });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
