/**
 * Idle sweeper: one coarse timer that ends every flow which was idle for too long.
 *
 * An idle flow ends within a quarter of its time-out after it is due.
 */

import type { Timer } from '../lib/clock.ts';
import type { ProxyContext } from './proxy-context.ts';

const MIN_PERIOD_MS = 50;
const MAX_PERIOD_MS = 5000;

/** Starts to sweep when it is made, until `close`. The time-outs are read at each sweep. */
export class IdleSweeper {
  readonly #context: ProxyContext;
  #timer: Timer | undefined;

  constructor(context: ProxyContext) {
    this.#context = context;
    this.#sweepLater();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #sweepLater(): void {
    const { udp, limits } = this.#context.settings;
    const shortestMs = Math.min(udp.idleTimeoutMs, limits.idleTimeoutMs || udp.idleTimeoutMs);
    const periodMs = Math.min(MAX_PERIOD_MS, Math.max(MIN_PERIOD_MS, shortestMs / 4));
    this.#timer = this.#context.clock.setTimer(() => {
      this.#sweep();
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
}
