/**
 * Garbage for servers that speak HTTP: requests that are changed, cut short or made up, and what became of each.
 */

import { connect } from 'node:net';
import { resetStream } from '../../../src/proxy/reset-stream.ts';
import { seededBytes } from '../../fixtures/seeded-bytes.ts';

export interface GarbageOptions {
  readonly host: string;
  readonly ports: readonly number[];
  readonly count: number;
  readonly concurrency: number;
  readonly seed: number;
}

/** What came of the streams. `silent` = the server said nothing until the client gave up. */
export interface GarbageReport {
  readonly sent: number;
  readonly answered: number;
  readonly closed: number;
  readonly silent: number;
  readonly refused: number;
}

type Random = (below: number) => number;

const GIVE_UP_MS = 300;
const REQUESTS = [
  'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /v1/routes?at=%00&limit=-1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer x\r\n\r\n',
  'POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"a":',
  'PUT /v1/overrides/shop/web HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"to"\r\n0\r\n\r\n',
  'GET /v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 99999999999999999999\r\n\r\n',
  'DELETE /v1/connections/c-1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n\r\n',
];

/** Sends so many streams, some at a time. */
export async function sendGarbage({ host, ports, count, concurrency, seed }: GarbageOptions): Promise<GarbageReport> {
  const random = seededBytes(seed);
  const report = { sent: 0, answered: 0, closed: 0, silent: 0, refused: 0 };
  const client = async (): Promise<void> => {
    while (report.sent < count) {
      report.sent += 1;
      report[await sendOne(host, ports[random(ports.length)] ?? 0, garbage(random), random(3))] += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return report;
}

/** Made up, cut short, or changed in up to eight places. */
function garbage(random: Random): Buffer {
  const kind = random(4);
  if (kind === 0) return Buffer.from(Array.from({ length: random(2000) }, () => random(256)));
  const request = Buffer.from(REQUESTS[random(REQUESTS.length)] ?? '', 'latin1');
  if (kind === 1) return request.subarray(0, random(request.length));
  if (kind === 2) return Buffer.concat([request, request, request.subarray(random(request.length))]);
  for (let i = random(8); i >= 0; i--) request[random(request.length)] = random(256);
  return request;
}

/** `leave`: 0 = reset at once, 1 = FIN after the bytes, 2 = wait. */
function sendOne(host: string, port: number, bytes: Buffer, leave: number): Promise<keyof Omit<GarbageReport, 'sent'>> {
  return new Promise((done) => {
    let outcome: keyof Omit<GarbageReport, 'sent'> = 'closed';
    const socket = connect({ host, port });
    const late = setTimeout(() => {
      outcome = outcome === 'answered' ? outcome : 'silent';
      socket.destroy();
    }, GIVE_UP_MS);
    socket.once('connect', () => {
      if (leave === 0) socket.write(bytes, () => resetStream(socket));
      else if (leave === 1) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.on('data', () => {
      outcome = 'answered';
      if (leave === 2) socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') outcome = 'refused';
    });
    socket.once('close', () => {
      clearTimeout(late);
      done(outcome);
    });
  });
}
