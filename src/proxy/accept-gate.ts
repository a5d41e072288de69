/**
 * Accept gate: keeps the process from running out of file descriptors, and sheds new flows while it has.
 *
 * At the limit the kernel and libuv close new clients silently, and the watch of the API server cannot reconnect. So
 * the gate counts what the data plane uses, shuts some way before the limit, and also when the system reports EMFILE
 * or ENFILE all the same. While it is shut, new clients are reset and counted; flows that live are not touched. A
 * timer tries whether descriptors can be had again.
 */

import { closeSync, openSync, readFileSync } from 'node:fs';
import { errnoOf } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { channels } from '../observability/channels.ts';

/** Kept free for all that is not the data plane: API server, admin, logs, files. */
const SPARE_DESCRIPTORS = 64;
const PROBE_EVERY_MS = 250;
/** So many must be had before the gate opens: one TCP flow and some. */
const PROBE_COUNT = 8;

/** Listening sockets besides the first one of their listeners, over all: they are a help, not a need. */
const MAX_EXTRA_SOCKETS = 256;

/** One gate for all listeners. `close` stops its timer. */
export class AcceptGate {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #used: () => number;
  #extraSockets = 0;
  #errno: string | undefined;
  #timer: Timer | undefined;

  /** `used` counts the descriptors of the data plane, but for extra sockets; `limit` is that of the process, `Infinity` = unknown. */
  constructor(clock: Clock, used: () => number, limit: number = descriptorLimit()) {
    this.#clock = clock;
    this.#used = used;
    this.#limit = limit;
  }

  /** The errno while new flows are shed, else `undefined`. */
  get shutBy(): string | undefined {
    return this.#errno;
  }

  /** Sockets that listeners have besides their first ones. */
  get extraSockets(): number {
    return this.#extraSockets;
  }

  /** Whether a flow that needs so many descriptors may begin. */
  admit(descriptors: number): boolean {
    if (this.#errno === undefined && !this.#hasRoom(descriptors)) this.shut('EMFILE');
    return this.#errno === undefined;
  }

  /** Whether a listener may open one more socket than it needs; it is counted as open then. */
  admitExtra(): boolean {
    if (this.#errno !== undefined || this.#extraSockets >= MAX_EXTRA_SOCKETS || !this.#hasRoom(1)) return false;
    this.extraOpened();
    return true;
  }

  /** A listener has one more socket than it needs, whether that was asked or not. */
  extraOpened(): void {
    this.#extraSockets += 1;
  }

  extraClosed(): void {
    this.#extraSockets -= 1;
  }

  /** The system had no descriptor. */
  shut(errno: string): void {
    if (this.#errno !== undefined) return;
    this.#errno = errno;
    channels.acceptPaused.publish({ paused: true, errno });
    this.#probeLater();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #probeLater(): void {
    this.#timer = this.#clock.setTimer(() => {
      if (this.#hasRoom(PROBE_COUNT) && canOpen(PROBE_COUNT)) this.#open();
      else this.#probeLater();
    }, PROBE_EVERY_MS);
  }

  #open(): void {
    const errno = this.#errno ?? '';
    this.#errno = undefined;
    channels.acceptPaused.publish({ paused: false, errno });
  }

  #hasRoom(descriptors: number): boolean {
    return this.#used() + this.#extraSockets + descriptors + SPARE_DESCRIPTORS <= this.#limit;
  }
}

/** Whether the error says that this process or machine is out of descriptors. */
export function isDescriptorError(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'EMFILE' || errno === 'ENFILE';
}

function canOpen(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
