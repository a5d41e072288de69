/**
 * A daemon between its start and its end, as systemd and signals see it.
 *
 *   SIGHUP ──▶ followed in place ──▶ the rest, or a newer program: hand over     SIGUSR2 ──▶ hand over
 *                                          └─ fails: all goes on, and the status line says why
 */

import type { ReloadOutcome } from '../admin/view.ts';
import type { Config } from '../config/config.ts';
import { diffConfig } from '../config/diff-config.ts';
import type { Daemon } from '../daemon/daemon-contract.ts';
import type { Predecessor } from '../daemon/predecessor.ts';
import { SvclaneError } from '../errors.ts';
import type { HistoryFile } from '../history-file/history-file.ts';
import type { Notifier } from '../host/notify.ts';
import { systemClock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Logger } from '../observability/logging.ts';
import { HandOver } from './hand-over.ts';
import type { InstalledProgram } from './installed-program.ts';
import { reloadConfig } from './reload-config.ts';
import { statusLine } from './status-line.ts';

/** How long systemd is asked to wait beyond the grace period. */
const STOP_MARGIN_MS = 10_000;
const STATUS_MS = 2_000;

export interface ServedOptions {
  readonly daemon: Daemon;
  readonly config: Config;
  readonly notifier: Notifier;
  readonly logger: Logger;
  readonly sockets: SocketExchange;
  readonly predecessor: Predecessor | undefined;
  /** `undefined` = there is none. A successor goes on with it. */
  readonly historyFile: HistoryFile | undefined;
  /** Reads the configuration again. Throws as `loadConfig`. */
  readonly reread: () => Config;
  /** `undefined` = this command does not hand over. */
  readonly program: InstalledProgram | undefined;
}

/** One served daemon. */
export class Served {
  isStopping = false;
  /** The one in force: a reload replaces it. */
  config: Config;
  readonly #options: ServedOptions;
  #status: NodeJS.Timeout | undefined;
  /** For the status line: what became of the last reload, where it failed. */
  #note = '';
  #handOver: HandOver | undefined;
  #handingOver: Promise<void> | undefined;
  #hasHandedOver = false;
  /** What came while a hand-over was under way. */
  #waiting: 'SIGHUP' | 'SIGUSR2' | undefined;

  constructor(options: ServedOptions) {
    this.#options = options;
    this.config = options.config;
  }

  /** Not 0 where the process that took over is gone: who watches over us should start anew. */
  get exitCode(): number {
    return this.#handOver?.hasLostSuccessor ? 1 : 0;
  }

  /** The first table serves. After a predecessor: and it has let go. */
  async started(): Promise<void> {
    const { predecessor, notifier } = this.#options;
    if (predecessor === undefined) {
      notifier.ready(this.#line());
    } else {
      await notifier.takeOver(this.#line());
      predecessor.main();
    }
    this.#status = setInterval(() => notifier.status(this.#line()), STATUS_MS);
  }

  stop(again: boolean): void {
    const { daemon, logger, notifier, predecessor } = this.#options;
    const graceMs = again || this.#hasHandedOver ? 0 : this.config.defaults.drain.graceMs;
    if (!this.isStopping && !this.#hasHandedOver) {
      logger.info({ reason: 'Stopping', graceMs, flows: daemon.counts().tcpFlows }, 'stopping');
      notifier.stopping(`draining ${daemon.counts().tcpFlows} connections`);
      notifier.extendTimeout(graceMs + STOP_MARGIN_MS);
      this.#handOver?.abort();
    }
    this.isStopping = true;
    predecessor?.stop(graceMs);
    daemon.close({ graceMs }).catch((error: unknown) => logger.error({ err: String(error) }, 'stop failed'));
  }

  reload(): void {
    if (this.isStopping || this.#isBusy('SIGHUP')) return;
    const { notifier, program } = this.#options;
    notifier.reloading();
    this.#note = '';
    // What is installed may know keys that we do not: it is for it to say whether the configuration is right.
    if (program?.isOther()) this.#start('the program that is installed is another one');
    else this.#followConfig(this.#options.reread);
  }

  /** As SIGHUP, for somebody who waits for the answer. Throws as `reread` where the old configuration goes on. */
  reloadByRequest(): ReloadOutcome {
    if (this.isStopping || this.#handingOver !== undefined) {
      throw new SvclaneError('SVL_CONFIG_INVALID', 'nothing is reloaded while svclane stops or hands over', {
        hint: 'ask again in a moment',
      });
    }
    const next = this.#options.reread();
    const { reloadable, needsRestart, needsStop } = diffConfig(this.config, next);
    const { notifier, program } = this.#options;
    notifier.reloading();
    this.#note = '';
    if (program?.isOther()) this.#start('the program that is installed is another one');
    else this.#followConfig(() => next);
    return { reloadable, needsRestart: [...needsRestart, ...needsStop] };
  }

  handOver(): void {
    if (this.isStopping || this.#isBusy('SIGUSR2')) return;
    this.#options.notifier.reloading();
    this.#start('asked by SIGUSR2');
  }

  /** Resolves when what is under way has ended, and systemd has been told all. */
  async close(): Promise<void> {
    const { predecessor, notifier } = this.#options;
    await this.#handingOver;
    clearInterval(this.#status);
    this.#handOver?.close();
    if (predecessor?.isOver()) await predecessor.ended;
    await notifier.close();
  }

  #followConfig(reread: () => Config): void {
    const { daemon, notifier, logger } = this.#options;
    const { config, needsRestart, rejected } = reloadConfig(daemon, this.config, reread, logger);
    this.config = config;
    if (needsRestart.length > 0) {
      this.#start(`changed: ${needsRestart.join(', ')}`);
    } else {
      if (rejected !== undefined) this.#note = ` · reload rejected: ${rejected}`;
      notifier.ready(this.#line());
    }
  }

  #isBusy(signal: 'SIGHUP' | 'SIGUSR2'): boolean {
    if (this.#handingOver === undefined) return false;
    this.#options.logger.info({ reason: 'Waiting', signal }, 'a hand-over is under way: it comes after that');
    this.#waiting = signal;
    if (this.#hasHandedOver) this.#passOn();
    return true;
  }

  #start(why: string): void {
    const { logger } = this.#options;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.#failed(obstacle);
      return;
    }
    logger.info({ reason: 'HandingOver', why }, 'handing over to a new process');
    this.#handingOver = this.#run().catch((error: unknown) => {
      this.#handingOver = undefined;
      this.#handOver = undefined;
      this.#options.historyFile?.resume();
      this.#failed(error instanceof Error ? error.message : String(error));
      this.#goOn();
    });
  }

  #obstacle(): string | undefined {
    if (this.#options.program === undefined) return 'this command does not hand over: end it and start it anew';
    if (process.pid === 1) return 'as process 1 of a container it cannot hand over: its end would end the container';
    return undefined;
  }

  async #run(): Promise<void> {
    const { daemon, sockets, logger, notifier, historyFile } = this.#options;
    const { graceMs } = this.config.defaults.drain;
    await historyFile?.pause();
    this.#handOver = new HandOver({ daemon, sockets, logger, graceMs });
    await this.#handOver.started();
    this.#hasHandedOver = true;
    clearInterval(this.#status);
    await this.#handOver.release();
    await notifier.close();
    this.#passOn();
  }

  #failed(reason: string): void {
    const { logger, notifier } = this.#options;
    if (this.isStopping) return;
    logger.error({ reason: 'HandOverFailed', err: reason }, 'hand-over failed: this process goes on as before');
    this.#note = ` · hand-over failed: ${reason}`;
    notifier.ready(this.#line());
  }

  #goOn(): void {
    const signal = this.#waiting;
    this.#waiting = undefined;
    if (signal === 'SIGHUP') this.reload();
    else if (signal === 'SIGUSR2') this.handOver();
  }

  #passOn(): void {
    if (this.#waiting !== undefined) this.#handOver?.signal(this.#waiting);
    this.#waiting = undefined;
  }

  #line(): string {
    const { daemon, predecessor } = this.#options;
    const draining = predecessor?.draining ?? 0;
    const left = draining === 0 ? '' : ` · ${draining} flows left in the process before`;
    return `${statusLine(daemon, systemClock.now())}${left}${this.#note}`;
  }
}
