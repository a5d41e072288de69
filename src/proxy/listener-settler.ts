/**
 * Settling: brings the sockets and the kernel to what the entries want, one batch after the other.
 *
 *   prepare(new) ▶ open and release sockets ▶ commit(new and moved, gone) ▶ close what is gone
 *
 * The order makes that no client is ever sent to an address where nothing of ours listens yet, and that a listener is
 * closed only when the kernel sends it nobody any more.
 */

import type { Clock, Timer } from '../lib/clock.ts';
import type { Capture } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { channels, type ListenerMessage } from '../observability/channels.ts';
import type { FrontendEntry, ListenerState } from './frontend-entry.ts';
import { openListener } from './open-listener.ts';

/** Sockets opened between two turns of the event loop: flows must not wait for ten thousand binds. */
const OPEN_AT_ONCE = 64;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/** Settles batches in turn, and retries by itself what failed. */
export class ListenerSettler {
  /** Entries in these states; the rest is idle. */
  readonly counts = { listening: 0, failed: 0 };
  readonly #clock: Clock;
  readonly #capture: Capture;
  readonly #failed = new Set<FrontendEntry>();
  #due = new Set<FrontendEntry>();
  #tail: Promise<void> = Promise.resolve();
  #commitFailures = 0;
  #commitTimer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, capture: Capture) {
    this.#clock = clock;
    this.#capture = capture;
  }

  /** `touched` entries are brought to what their routes want, `removed` ones are closed. Resolves when that is done. */
  settle(touched: readonly FrontendEntry[], removed: readonly FrontendEntry[]): Promise<void> {
    if (touched.length === 0 && removed.length === 0) return Promise.resolve();
    return this.#inTurn(() => this.#settle(touched, removed));
  }

  /** Waits for the batch under way; later ones, and retries, do nothing. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#commitTimer?.cancel();
    for (const entry of this.#failed) entry.timer?.cancel();
    return this.#tail;
  }

  #inTurn(batch: () => Promise<void>): Promise<void> {
    const turn = this.#tail.then(() => (this.#isClosed ? undefined : batch()));
    // One batch that throws must not take the later ones with it; its caller gets the error.
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async #settle(touched: readonly FrontendEntry[], removed: readonly FrontendEntry[]): Promise<void> {
    const wanted = touched.filter((entry) => !entry.isGone);
    await this.#prepare(wanted);
    await this.#openAndRelease(wanted.filter((entry) => entry.isPrepared));
    await this.#commit(wanted, removed);
    for (const entry of removed) this.#remove(entry);
  }

  async #prepare(wanted: readonly FrontendEntry[]): Promise<void> {
    const added = wanted.filter((entry) => !entry.isPrepared);
    if (added.length === 0) return;
    try {
      await this.#capture.prepare(added.map((entry) => entry.frontend));
      for (const entry of added) entry.isPrepared = true;
    } catch (error) {
      this.#captureFailed('cannot prepare Service addresses', toError(error));
      for (const entry of added) this.#fail(entry, toError(error));
    }
  }

  async #openAndRelease(entries: readonly FrontendEntry[]): Promise<void> {
    const opening: FrontendEntry[] = [];
    for (const entry of entries) {
      if (entry.isWanted) opening.push(entry);
      else this.#release(entry);
    }
    for (let at = 0; at < opening.length; at += OPEN_AT_ONCE) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(opening.slice(at, at + OPEN_AT_ONCE).map((entry) => this.#open(entry)));
    }
  }

  async #open(entry: FrontendEntry): Promise<void> {
    const wasBound = entry.listener.bound !== undefined;
    try {
      if (await openListener(entry, this.#capture)) entry.isCommitted = false;
    } catch (error) {
      this.#fail(entry, toError(error));
      return;
    }
    if (!entry.isWanted) {
      // The table has changed its mind meanwhile.
      this.#release(entry);
      return;
    }
    this.#to(entry, 'listening');
    if (entry.isCommitted) this.#recovered(entry);
    if (!wasBound && channels.listenerBound.hasSubscribers) channels.listenerBound.publish(messageOf(entry));
  }

  async #commit(wanted: readonly FrontendEntry[], removed: readonly FrontendEntry[]): Promise<void> {
    const added = wanted.filter((entry) => !entry.isCommitted && entry.isPrepared && entry.state !== 'failed');
    const gone = removed.filter((entry) => entry.isCaptured && entry.isPrepared);
    if (added.length === 0 && gone.length === 0) return;
    try {
      await this.#commitNow(frontendsOf(added), frontendsOf(gone));
      for (const entry of added) {
        entry.isCommitted = true;
        this.#recovered(entry);
      }
    } catch (error) {
      for (const entry of added) this.#fail(entry, toError(error));
    }
  }

  /** Commits; where that fails, what capture has kept in mind is committed later even if nothing else changes. */
  async #commitNow(added: readonly Frontend[], removed: readonly Frontend[]): Promise<void> {
    this.#commitTimer?.cancel();
    try {
      await this.#capture.commit(added, removed);
      this.#commitFailures = 0;
    } catch (error) {
      this.#captureFailed('cannot put Service addresses in force', toError(error));
      this.#commitTimer = this.#clock.setTimer(
        () => {
          this.#inTurn(() => this.#commitNow([], [])).catch(() => {});
        },
        retryDelayMs(this.#commitFailures++),
      );
      throw error;
    }
  }

  #captureFailed(message: string, error: Error): void {
    channels.capture.publish({ message: `${message}: ${error.message}`, error });
  }

  #release(entry: FrontendEntry): void {
    const message = channels.listenerClosed.hasSubscribers && entry.listener.bound ? messageOf(entry) : undefined;
    entry.listener.release();
    this.#to(entry, 'idle');
    this.#recovered(entry);
    if (message !== undefined) channels.listenerClosed.publish(message);
  }

  #remove(entry: FrontendEntry): void {
    this.#release(entry);
    if (!entry.isWithdrawn) entry.listener.remove();
  }

  #to(entry: FrontendEntry, state: ListenerState): void {
    if (entry.state !== 'idle') this.counts[entry.state] -= 1;
    if (state !== 'idle') this.counts[state] += 1;
    entry.state = state;
  }

  #recovered(entry: FrontendEntry): void {
    entry.error = undefined;
    entry.failures = 0;
    entry.timer?.cancel();
    entry.timer = undefined;
    this.#failed.delete(entry);
  }

  #fail(entry: FrontendEntry, error: Error): void {
    this.#to(entry, 'failed');
    this.#failed.add(entry);
    entry.error = error;
    const retryInMs = retryDelayMs(entry.failures++);
    entry.timer?.cancel();
    entry.timer = this.#clock.setTimer(() => this.#retry(entry), retryInMs);
    channels.listenerFailed.publish({ ...messageOf(entry), error, retryInMs });
  }

  /** What comes due together is settled together. */
  #retry(entry: FrontendEntry): void {
    this.#due.add(entry);
    if (this.#due.size > 1) return;
    this.#inTurn(() => {
      const due = [...this.#due];
      this.#due = new Set();
      return this.#settle(due, []);
    }).catch(() => {});
  }
}

function frontendsOf(entries: readonly FrontendEntry[]): Frontend[] {
  return entries.map((entry) => entry.frontend);
}

/** 1 s, 2 s, 4 s, … 30 s. */
function retryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 5));
}

function messageOf({ listener, frontend, route, binding }: FrontendEntry): ListenerMessage {
  const { address: boundAddress, port: boundPort } = listener.bound ?? binding ?? frontend;
  return { frontend, servicePort: route.servicePort, boundAddress, boundPort };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
