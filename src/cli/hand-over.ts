/**
 * Handing over: this process starts its successor, gives it the sockets, and drains.
 *
 *   start ──▶ the successor serves ──▶ release: it is the main process ──▶ our flows end ──▶ we end
 *     └─ it fails, or is too late ──▶ it is ended, what it took is put back, and we go on
 */

import type { Daemon } from '../daemon/daemon-contract.ts';
import { Successor } from '../daemon/successor.ts';
import { systemClock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Logger } from '../observability/logging.ts';
import { type SuccessorProcess, spawnSuccessor } from './spawn-successor.ts';

const DRAINING_MS = 1_000;
/** Beyond the grace period, for an end in order. */
const KILL_MARGIN_MS = 5_000;

export interface HandOverOptions {
  readonly daemon: Daemon;
  readonly sockets: SocketExchange;
  readonly logger: Logger;
  /** For our flows, and for those that a successor which fails has begun. */
  readonly graceMs: number;
}

/** One hand-over, from its start. */
export class HandOver {
  /** The successor ended on its own while we drained: nobody serves. */
  hasLostSuccessor = false;
  readonly #options: HandOverOptions;
  readonly #process: SuccessorProcess;
  readonly #successor: Successor;
  #isStopping = false;
  #report: NodeJS.Timeout | undefined;

  constructor(options: HandOverOptions) {
    const { daemon, sockets } = options;
    this.#options = options;
    this.#process = spawnSuccessor();
    this.#successor = new Successor({
      channel: this.#process.channel,
      ended: this.#process.ended,
      clock: systemClock,
      sockets,
      capture: daemon.captureType,
      hold: () => daemon.hold(),
    });
  }

  /** Resolves when the successor serves. Rejects with `SVL_HANDOVER` when it does not, and all is as before. */
  async started(): Promise<void> {
    try {
      await this.#successor.serves;
    } catch (error) {
      const ended = this.#end();
      if (!this.#successor.hasGivenUp || this.#isStopping) await ended;
      if (this.#successor.hasClaimed && !this.#isStopping) await this.#options.daemon.resume();
      throw error;
    }
  }

  /** Lets go: our flows drain from here on. Resolves when the successor is the main process. */
  async release(): Promise<void> {
    const { daemon, logger, graceMs } = this.#options;
    const { tcpFlows } = daemon.counts();
    const { pid, version } = this.#successor;
    const facts = { reason: 'HandedOver', pid, version, flows: tcpFlows, graceMs };
    this.#successor.onStop = (ms) => this.#stopWith(ms);
    void this.#process.ended.then((how) => this.#lost(how));
    void daemon.handOver({ graceMs, carry: this.#successor.carry }).finally(() => clearInterval(this.#report));
    this.#report = setInterval(() => this.#successor.draining(daemon.counts().tcpFlows), DRAINING_MS);
    this.#successor.draining(tcpFlows);
    await this.#successor.release();
    logger.info(facts, `process ${pid} serves; this one ends when its connections have`);
  }

  /** We stop: a hand-over that is under way fails. */
  abort(): void {
    this.#isStopping = true;
    this.#successor.fail('svclane was told to stop');
  }

  /** Tells the successor to read its configuration again, or to hand over itself. */
  signal(signal: 'SIGHUP' | 'SIGUSR2'): void {
    this.#kill(signal);
  }

  /** We end: that the channel does so too is no word of the successor. */
  close(): void {
    this.#isStopping = true;
    clearInterval(this.#report);
    this.#process.channel.close();
  }

  /** Ends a successor that failed. It may have begun flows: it gets their time, and some. */
  async #end(): Promise<void> {
    this.#kill('SIGTERM');
    const late = setTimeout(() => this.#kill('SIGKILL'), this.#options.graceMs + KILL_MARGIN_MS);
    await this.#process.ended;
    clearTimeout(late);
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#successor;
    try {
      if (pid > 0) process.kill(pid, signal);
      // It has not said a word: where it listens to us at all, it ends when we are gone.
      else this.#process.channel.close();
    } catch {
      // It has ended: that is told elsewhere.
    }
  }

  #stopWith(graceMs: number): void {
    this.#isStopping = true;
    const end = (): void => void this.#options.daemon.close({ graceMs: 0 });
    if (graceMs === 0) end();
    else systemClock.setTimer(end, graceMs);
  }

  #lost(how: string): void {
    if (this.#isStopping) return;
    const { daemon, logger } = this.#options;
    this.hasLostSuccessor = true;
    logger.error({ reason: 'SuccessorLost', pid: this.#successor.pid }, `${how}: nobody serves`);
    void daemon.close({ graceMs: 0 });
  }
}
