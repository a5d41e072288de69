/**
 * Idle sweeper: one coarse timer that looks at every flow.
 *
 * It ends those that were idle for too long, within a quarter of the time-out after they are due. And it switches keep-alive
 * on for those that live when it comes by: eight system calls, which most connections are too short for to need them.
 */

import type { Timer } from '../lib/clock.ts';
import type { ProxyContext } from './proxy-context.ts';

const MIN_PERIOD_MS = 50;
const MAX_PERIOD_MS = 5000;

/** A thousand of them at once would take 5 ms. */
const KEPT_ALIVE_AT_ONCE = 200;

type Context = Pick<ProxyContext, 'clock' | 'flows' | 'settings'>;

/** Starts to sweep when it is made, until `close`. The time-outs are read at each sweep. */
export class IdleSweeper {
  readonly #context: Context;
  #timer: Timer | undefined;
  #rest: Timer | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#sweepLater();
  }

  close(): void {
    this.#timer?.cancel();
    this.#rest?.cancel();
  }

  #sweepLater(): void {
    const { udp, limits } = this.#context.settings;
    const shortestMs = Math.min(udp.idleTimeoutMs, limits.idleTimeoutMs || udp.idleTimeoutMs);
    const periodMs = Math.min(MAX_PERIOD_MS, Math.max(MIN_PERIOD_MS, shortestMs / 4));
    this.#timer = this.#context.clock.setTimer(() => {
      this.#sweep();
      this.#keepAlive();
      this.#sweepLater();
    }, periodMs);
  }

  #sweep(): void {
    const { clock, flows, settings } = this.#context;
    const nowMs = clock.monotonic();
    for (const flow of flows.udp) {
      if (nowMs - flow.lastActiveMs < settings.udp.idleTimeoutMs) break;
      flow.finish('idle');
    }
    if (settings.limits.idleTimeoutMs === 0) return;
    for (const flow of flows.tcp) flow.checkIdle(nowMs, settings.limits.idleTimeoutMs);
  }

  /** Those that have lived longest come first. */
  #keepAlive(): void {
    const { clock, flows } = this.#context;
    this.#rest?.cancel();
    let left = KEPT_ALIVE_AT_ONCE;
    for (const flow of flows.tcp) {
      if (flow.keepAlive()) left -= 1;
      if (left > 0) continue;
      this.#rest = clock.setTimer(() => this.#keepAlive(), MIN_PERIOD_MS);
      return;
    }
  }
}
