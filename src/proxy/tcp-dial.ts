/**
 * Dial: tries endpoints, one after the other, until one accepts.
 *
 *   try ──connected──▶ done
 *    └──refused, reset, unreachable, time-out of the try──▶ next endpoint, while tries, time and endpoints last
 *
 * A try keeps the time that is left while there is nobody else to try: a lost SYN is sent again after a second.
 * No byte of the client is sent before a dial is done, so that every try but the last is without consequence.
 */

import type { Duplex } from 'node:stream';
import type { Config } from '../config/config.ts';
import { errnoOf } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FailedTry } from '../model/flow.ts';
import type { Dial, DialHandlers, Transport } from '../model/transport.ts';

/** A dial that takes longer is called slow: the owner may look whether the client is still there. */
const SLOW_AFTER_MS = 100;

const NOBODY: ReadonlySet<string> = new Set();

/** Errors of this machine, not of the endpoint: another endpoint would not help. */
const LOCAL_ERRNOS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** Whom a dial works for. `dialed` or `dialFailed` is called once, unless the dial is cancelled. */
export interface DialOwner {
  /** The endpoint of the next try; `undefined` = nobody is left. */
  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined;
  /** Whether `nextEndpoint` would find somebody. */
  hasUntried(tried: ReadonlySet<string>): boolean;
  /** `hadItsTime` = the failure is the endpoint's fault: the try was not cut short for what earlier ones took. */
  tryFailed(failed: FailedTry, hadItsTime: boolean): void;
  /** The first try failed, or takes long. Called at most once. */
  dialSlow(): void;
  /** `elapsedMs` of the try that succeeded. */
  dialed(stream: Duplex, elapsedMs: number): void;
  /** `local` = this machine lacks something (descriptors). `errno` of the last try; `undefined` = none was made. */
  dialFailed(errno: string | undefined, local: boolean): void;
}

/** One dial under way. `start` is called once; `cancel` is idempotent, and nothing is called after it. */
export class TcpDial implements DialHandlers {
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #settings: Config['defaults']['connect'];
  readonly #owner: DialOwner;
  #tries = 0;
  /** Those that failed, or whose time is over. */
  #tried: ReadonlySet<string> = NOBODY;
  readonly #deadlineMs: number;
  #endpoint: Endpoint | undefined;
  #startedMs = 0;
  #isCut = false;
  #errno: string | undefined;
  #isSlow = false;
  #isCancelled = false;
  #dial: Dial | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, transport: Transport, settings: Config['defaults']['connect'], owner: DialOwner) {
    this.#clock = clock;
    this.#transport = transport;
    this.#settings = settings;
    this.#owner = owner;
    this.#deadlineMs = clock.monotonic() + settings.timeoutMs;
  }

  /** Makes the first try. `dialFailed` may be called before it returns, where nobody can be tried. */
  start(): void {
    if (this.#isCancelled) return;
    const leftMs = this.#deadlineMs - this.#clock.monotonic();
    const isLast = this.#tries >= this.#settings.tries || leftMs <= 0;
    const endpoint = isLast ? undefined : this.#owner.nextEndpoint(this.#tried);
    if (endpoint === undefined) this.#owner.dialFailed(this.#errno, false);
    else this.#try(endpoint, leftMs);
  }

  #try(endpoint: Endpoint, leftMs: number): void {
    this.#isCut = leftMs < this.#settings.perTryTimeoutMs && this.#tries > 0;
    this.#tries += 1;
    this.#endpoint = endpoint;
    this.#startedMs = this.#clock.monotonic();
    this.#wait(Math.min(leftMs, this.#settings.perTryTimeoutMs));
    this.#dial = this.#transport.dialTcp(endpoint, this);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#timer?.cancel();
    this.#dial?.cancel();
    this.#dial = undefined;
  }

  connected(stream: Duplex): void {
    this.#timer?.cancel();
    this.#owner.dialed(stream, this.#clock.monotonic() - this.#startedMs);
  }

  failed(error: Error): void {
    this.#timer?.cancel();
    const errno = errnoOf(error) ?? 'EIO';
    if (LOCAL_ERRNOS.has(errno)) this.#owner.dialFailed(errno, true);
    else this.#nextTry(errno, true);
  }

  #wait(ms: number): void {
    const beforeSlowMs = this.#isSlow ? ms : Math.min(ms, SLOW_AFTER_MS);
    this.#timer = this.#clock.setTimer(() => {
      if (beforeSlowMs === ms) {
        this.#timedOut();
      } else {
        this.#slow();
        this.#wait(ms - beforeSlowMs);
      }
    }, beforeSlowMs);
  }

  #timedOut(): void {
    this.#giveUp();
    const leftMs = this.#deadlineMs - this.#clock.monotonic();
    const mayTry = this.#tries < this.#settings.tries && this.#owner.hasUntried(this.#tried);
    if (leftMs > 0 && !mayTry) {
      this.#wait(Math.min(leftMs, this.#settings.perTryTimeoutMs));
    } else {
      this.#dial?.cancel();
      this.#nextTry('ETIMEDOUT', !this.#isCut);
    }
  }

  #nextTry(errno: string, hadItsTime: boolean): void {
    this.#errno = errno;
    this.#giveUp();
    const elapsedMs = this.#clock.monotonic() - this.#startedMs;
    this.#owner.tryFailed({ endpoint: this.#endpoint?.key ?? '', errno, elapsedMs }, hadItsTime);
    this.#slow();
    this.start();
  }

  /** The endpoint of this try is not to be picked again. */
  #giveUp(): void {
    const key = this.#endpoint?.key;
    if (key !== undefined && !this.#tried.has(key)) this.#tried = new Set([...this.#tried, key]);
  }

  #slow(): void {
    if (this.#isSlow) return;
    this.#isSlow = true;
    this.#owner.dialSlow();
  }
}
