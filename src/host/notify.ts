/**
 * Tells systemd how the daemon is: ready, reloading, stopping, its status line, and that it is alive.
 *
 * Node.js has no datagrams over unix sockets, so `systemd-notify` carries each message; the unit needs
 * `NotifyAccess=all`. Messages go out one after the other, in order. Without `NOTIFY_SOCKET` nothing is done.
 *
 * ```
 *   ready ──▶ READY=1 ──▶ every WATCHDOG_USEC/2: healthy? WATCHDOG=1 : silence, and asked again soon
 * ```
 */

import type { Clock, Timer } from '../lib/clock.ts';
import { runTool } from './run-tool.ts';

const STATUS_INTERVAL_MS = 1_000;
/** After an unhealthy answer or a failure, how much sooner than an interval it is tried again. */
const HURRY = 8;

const MAIN = `MAINPID=${process.pid}`;

export interface NotifierOptions {
  /** The process environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Asked before each sign of life; while it says no, none is given and systemd restarts the unit. */
  readonly healthy: () => boolean;
  /** A message that could not be sent. `fatal` = systemd waits for signs of life and will end this process. */
  readonly onError: (error: Error, fatal: boolean) => void;
  /** Carries one message; `systemd-notify` by default. */
  readonly send?: (assignments: readonly string[]) => Promise<void>;
}

/** The messages to systemd. None of the calls throws. */
export interface Notifier {
  /** The service works, after start or after a reload. The first call starts the signs of life. */
  ready(status: string): void;
  /** The status line of `systemctl status`; at most one a second, the last one wins. */
  status(text: string): void;
  reloading(): void;
  /** As `ready`, for a process that takes over from the main one. Resolves when systemd knows, or cannot be told. */
  takeOver(status: string): Promise<void>;
  stopping(status: string): void;
  /** The current phase (start, reload or stop) may take this much longer from now. */
  extendTimeout(ms: number): void;
  /** Ends the signs of life; resolves when every message has been handed over. Idempotent. */
  close(): Promise<void>;
}

/** A notifier for this process; one that does nothing where systemd did not ask. */
export function createNotifier(options: NotifierOptions): Notifier {
  return options.env.NOTIFY_SOCKET ? new SystemdNotifier(options) : SILENT;
}

const SILENT: Notifier = {
  ready: () => {},
  status: () => {},
  reloading: () => {},
  takeOver: async () => {},
  stopping: () => {},
  extendTimeout: () => {},
  close: async () => {},
};

class SystemdNotifier implements Notifier {
  readonly #clock: Clock;
  readonly #healthy: () => boolean;
  readonly #onError: NotifierOptions['onError'];
  readonly #send: (assignments: readonly string[]) => Promise<void>;
  /** 0 = systemd waits for no signs of life. */
  readonly #pingMs: number;
  #queue: Promise<void> = Promise.resolve();
  #pings: Timer | undefined;
  #statusTimer: Timer | undefined;
  #waitingStatus: string | undefined;
  #shownStatus: string | undefined;
  #closed = false;

  constructor({ env, clock, healthy, onError, send = systemdNotify(env) }: NotifierOptions) {
    this.#clock = clock;
    this.#healthy = healthy;
    this.#onError = onError;
    this.#send = send;
    this.#pingMs = watchdogMs(env) / 2;
  }

  ready(status: string): void {
    this.#ready(status, []);
  }

  async takeOver(status: string): Promise<void> {
    await this.#ready(status, [MAIN]);
  }

  status(text: string): void {
    this.#waitingStatus = text;
    if (this.#closed || this.#statusTimer) return;
    this.#showStatus();
    this.#statusTimer = this.#clock.setTimer(() => {
      this.#statusTimer = undefined;
      if (this.#waitingStatus !== undefined) this.status(this.#waitingStatus);
    }, STATUS_INTERVAL_MS);
  }

  reloading(): void {
    this.#post(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]);
  }

  stopping(status: string): void {
    this.#waitingStatus = undefined;
    this.#post(['STOPPING=1', statusLine(status)]);
  }

  extendTimeout(ms: number): void {
    this.#post([`EXTEND_TIMEOUT_USEC=${Math.ceil(ms * 1000)}`]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pings?.cancel();
    this.#statusTimer?.cancel();
    await this.#queue;
  }

  #ready(status: string, more: readonly string[]): Promise<boolean> {
    this.#shownStatus = status;
    this.#waitingStatus = undefined;
    const sent = this.#post([...more, 'READY=1', statusLine(status)]);
    if (this.#pingMs > 0) this.#pings ??= this.#clock.setTimer(() => this.#ping(), this.#pingMs);
    return sent;
  }

  #showStatus(): void {
    const text = this.#waitingStatus;
    this.#waitingStatus = undefined;
    if (text === undefined || text === this.#shownStatus) return;
    this.#shownStatus = text;
    this.#post([statusLine(text)]);
  }

  async #ping(): Promise<void> {
    const alive = this.#healthy() && (await this.#post(['WATCHDOG=1']));
    if (this.#closed) return;
    this.#pings = this.#clock.setTimer(() => this.#ping(), alive ? this.#pingMs : this.#pingMs / HURRY);
  }

  /** Resolves to whether the message was sent. */
  #post(assignments: readonly string[]): Promise<boolean> {
    const sent = this.#queue.then(() => this.#send(assignments));
    const outcome = sent.then(
      () => true,
      (error: Error) => {
        this.#onError(error, this.#pingMs > 0);
        return false;
      },
    );
    this.#queue = outcome.then(() => {});
    return outcome;
  }
}

/** The time within which systemd wants a sign of life from this very process; 0 = none. Source: sd_watchdog_enabled(3). */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NotifierOptions['env']): number {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return 0;
  const microseconds = Number(WATCHDOG_USEC ?? 0);
  return Number.isFinite(microseconds) && microseconds > 0 ? microseconds / 1000 : 0;
}

/** An assignment is one line. */
function statusLine(text: string): string {
  return `STATUS=${text.replaceAll(/\s+/g, ' ')}`;
}

function systemdNotify(env: NotifierOptions['env']): (assignments: readonly string[]) => Promise<void> {
  return async (assignments) => {
    await runTool('systemd-notify', assignments, { env: { NOTIFY_SOCKET: env.NOTIFY_SOCKET ?? '' } });
  };
}
