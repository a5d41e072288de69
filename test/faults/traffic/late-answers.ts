/**
 * Clients of greeters: they read until the FIN of the server, and only then send theirs.
 */

import { connect } from 'node:net';
import { ANSWER_SEED, GREETING, GREETING_SEED } from './backends.ts';
import { isPattern, patternBytes } from './pattern.ts';

/** How many there were, and how many read the greeting whole, and could send all of `bytes` after it. */
export interface LateAnswers {
  readonly clients: number;
  readonly whole: number;
}

/** All at a time. */
export async function answerLate(
  host: string,
  port: number,
  clients: number,
  bytes: number,
  pauseMs: number,
): Promise<LateAnswers> {
  const all = await Promise.all(Array.from({ length: clients }, () => one(host, port, bytes, pauseMs)));
  return { clients, whole: all.filter((isWhole) => isWhole).length };
}

function one(host: string, port: number, bytes: number, pauseMs: number): Promise<boolean> {
  let read = 0;
  let isWhole = true;
  return new Promise((done) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => {
      isWhole &&= isPattern(chunk, GREETING_SEED, read);
      read += chunk.length;
    });
    socket.once('end', () => setTimeout(() => socket.end(patternBytes(ANSWER_SEED, 0, bytes)), pauseMs));
    socket.on('error', () => {
      isWhole = false;
    });
    socket.once('close', () => done(isWhole && read === GREETING));
  });
}
