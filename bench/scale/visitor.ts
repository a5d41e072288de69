/**
 * The visitor: a client in a pod that connects until another backend answers.
 */

import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from './remote.ts';

const PATIENCE_MS = 20_000;
const VISIT_TIMEOUT_MS = 2_000;

export type VisitorOperations = {
  /** Connects again and again until `identity` answers; gives when its first byte came, ms since the epoch. */
  until(parameters: { readonly host: string; readonly port: number; readonly identity: string }): Promise<number>;
};

const operations: VisitorOperations = {
  async until({ host, port, identity }) {
    const giveUpMs = performance.now() + PATIENCE_MS;
    while (performance.now() < giveUpMs) {
      const { greeting, atMs } = await visit(host, port);
      if (greeting.split(' ')[0] === identity) return atMs;
      await delay(1);
    }
    throw new Error(`${identity} never answered at ${host}:${port}`);
  },
};
serve(operations);

/** One connection: what the backend said first, or "" where there was none. */
function visit(host: string, port: number): Promise<{ readonly greeting: string; readonly atMs: number }> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: VISIT_TIMEOUT_MS });
    const done = (greeting: string): void => {
      resolve({ greeting, atMs: performance.timeOrigin + performance.now() });
      socket.destroy();
    };
    socket.once('data', (chunk) => done(chunk.toString()));
    socket
      .once('error', () => done(''))
      .once('timeout', () => done(''))
      .once('end', () => done(''));
  });
}
