/**
 * One exchange with an echo: a client sends a stream in pieces and its FIN, and compares what comes back.
 */

import { connect } from 'node:net';
import { errnoOf } from '../../../src/errors.ts';
import { resetStream } from '../../../src/proxy/reset-stream.ts';
import { isPattern, patternBytes } from './pattern.ts';

export interface ExchangePlan {
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly bytes: number;
  /** In how many pieces it is sent, with a pause of `pauseMs` between them. */
  readonly pieces: number;
  readonly pauseMs: number;
  /** The client resets so long after it has connected; absent = never. */
  readonly resetAfterMs?: number | undefined;
}

/**
 * What became of it. `answered`: every byte came back, and the FIN. `reset`: as planned. Else an errno, `cut`, `wrong`, or
 * `stuck` after `STUCK_MS`.
 */
export interface ExchangeEnd {
  readonly outcome: string;
  readonly connected: boolean;
  readonly sent: number;
  readonly received: number;
  readonly elapsedMs: number;
}

const STUCK_MS = 60_000;

/** `started` is called when it is connected. */
export function exchange(plan: ExchangePlan, started: () => void): Promise<ExchangeEnd> {
  const begun = performance.now();
  const state = { connected: false, sent: 0, received: 0, outcome: '' };
  const timers: NodeJS.Timeout[] = [];
  return new Promise((done) => {
    const socket = connect({ host: plan.host, port: plan.port, allowHalfOpen: true, noDelay: true });
    const fail = (outcome: string): void => {
      state.outcome ||= outcome;
      resetStream(socket);
    };
    timers.push(setTimeout(fail, STUCK_MS, 'stuck'));
    const sendPiece = (index: number): void => {
      const [from, to] = [index, index + 1].map((i) => Math.floor((plan.bytes * i) / plan.pieces));
      const bytes = patternBytes(plan.seed, from ?? 0, (to ?? 0) - (from ?? 0));
      state.sent += bytes.length;
      socket.write(bytes);
      if (index + 1 === plan.pieces) socket.end();
      else timers.push(setTimeout(sendPiece, plan.pauseMs, index + 1));
    };
    socket.once('connect', () => {
      state.connected = true;
      started();
      if (plan.resetAfterMs !== undefined) timers.push(setTimeout(fail, plan.resetAfterMs, 'reset'));
      sendPiece(0);
    });
    socket.on('data', (chunk: Buffer) => {
      if (!isPattern(chunk, plan.seed, state.received)) fail('wrong');
      state.received += chunk.length;
    });
    socket.once('end', () => {
      if (state.received === plan.bytes && state.sent === plan.bytes) state.outcome ||= 'answered';
      else fail('cut');
    });
    socket.on('error', (error) => {
      state.outcome ||= errnoOf(error) ?? 'error';
    });
    socket.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
      done({ ...state, outcome: state.outcome || 'cut', elapsedMs: performance.now() - begun });
    });
  });
}
