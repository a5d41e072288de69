/**
 * One client of the front, from its first byte to where it is handed over, or hung up on.
 *
 *   first byte ─▶ dialect ─▶ where to? ─▶ resolve ─▶ hand over ─▶ the backend accepted: "go on"  ─▶ the flow's
 *        └──── nonsense, too long, too late ─▶ the dialect's error, then FIN ◀─ refused, no backend
 */

import type { Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Flow } from '../model/flow.ts';
import type { Adoption, FrontRefusal, FrontTarget } from '../model/front.ts';
import type { Dialect, Step } from './dialect.ts';
import { createHttpConnect, MAX_HEAD_BYTES } from './http-connect.ts';
import { createSocks5, SOCKS4, SOCKS4_REJECTED, SOCKS5 } from './socks5.ts';

/** From the connection until the client has said where to. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** From our last word until the connection is reset, where the client does not hang up. */
const LINGER_MS = 2_000;

/** What a client needs of the front. */
export interface FrontContext {
  readonly clock: Clock;
  readonly resolve: (host: string, port: number) => FrontTarget | FrontRefusal;
  /** `undefined` = nobody is served any more. */
  readonly connect: (target: FrontTarget, client: Socket, adoption: Adoption) => Flow | undefined;
  readonly autoConfig: () => string;
}

/** One client. It owns the socket until that is handed over, and again where that was in vain. */
export class FrontClient {
  readonly #context: FrontContext;
  readonly #socket: Socket;
  readonly #left: () => void;
  #dialect: Dialect | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #timer: Timer | undefined;

  /** `socket` was just accepted. `left` is called once, when the client was handed over or is gone. */
  constructor(context: FrontContext, socket: Socket, left: () => void) {
    this.#context = context;
    this.#socket = socket;
    this.#left = left;
  }

  serve(): void {
    const socket = this.#socket;
    this.#timer = this.#context.clock.setTimer(this.#destroy, HANDSHAKE_TIMEOUT_MS);
    socket.on('data', this.#take);
    socket.on('end', this.#destroy);
    socket.on('error', this.#destroy);
    socket.on('close', this.#gone);
    socket.resume();
  }

  #take = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    // A greeting leads to a request, which may be here already. No dialect has more than two turns.
    for (let turn = 0; turn < 2; turn++) {
      const step = this.#read();
      if (step.kind !== 'more') {
        this.#finish(step);
        return;
      }
      if (step.write !== undefined) this.#socket.write(step.write);
      if (step.used === 0) break;
      this.#bytes = this.#bytes.subarray(step.used);
    }
    if (this.#bytes.length > MAX_HEAD_BYTES) this.#destroy();
  };

  #destroy = (): void => {
    this.#socket.destroy();
  };

  #gone = (): void => {
    this.#timer?.cancel();
    this.#left();
  };

  #read(): Step {
    const [first] = this.#bytes;
    if (first === undefined) return { kind: 'more', used: 0 };
    this.#dialect ??= this.#dialectOf(first);
    return this.#dialect?.(this.#bytes) ?? { kind: 'end', ...(first === SOCKS4 && { write: SOCKS4_REJECTED }) };
  }

  #dialectOf(first: number): Dialect | undefined {
    if (first === SOCKS5) return createSocks5();
    const isLetter = (first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a);
    return isLetter ? createHttpConnect(this.#context.autoConfig) : undefined;
  }

  #finish(step: Exclude<Step, { kind: 'more' }>): void {
    this.#letGo();
    if (step.kind === 'end') {
      if (step.write === undefined) this.#socket.destroy();
      else this.#sayLast(step.write);
      return;
    }
    const { replies, host, port, used } = step;
    const target = this.#context.resolve(host, port);
    if (target.kind === 'refused') {
      this.#sayLast(replies.refused(target));
      return;
    }
    if (used < this.#bytes.length) this.#socket.unshift(this.#bytes.subarray(used));
    const flow = this.#context.connect(target, this.#socket, {
      connected: () => this.#socket.write(replies.accepted()),
      refused: ({ end }) => this.#sayLast(replies.failed(end ?? { cause: 'destroyed' })),
    });
    if (flow === undefined) this.#sayLast(replies.failed({ cause: 'destroyed' }));
  }

  /** The socket is as it was when it was accepted, but for what was read. */
  #letGo(): void {
    const socket = this.#socket;
    socket.pause();
    socket.off('data', this.#take);
    socket.off('end', this.#destroy);
    socket.off('error', this.#destroy);
    socket.off('close', this.#gone);
    this.#gone();
  }

  /** Says it and hangs up; what the client still sends is read and forgotten, lest a reset overtakes our word. */
  #sayLast(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const timer = this.#context.clock.setTimer(() => socket.resetAndDestroy(), LINGER_MS);
    socket.once('close', () => timer.cancel());
    socket.on('error', () => socket.destroy());
    socket.removeAllListeners('data');
    socket.end(bytes);
    socket.resume();
  }
}
