/**
 * What a reflector tells of itself, and how the scopes of one kind make one status.
 */

import type { SvclaneError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ResourceStatus, WatchedKind } from '../../model/source.ts';

type State = ResourceStatus['state'];

/** The status of one reflector. `changed` is called when it becomes another for those who watch, not for each event. */
export class ResourceHealth {
  readonly #clock: Clock;
  readonly #changed: () => void;
  #state: State = 'listing';
  #error: ResourceStatus['error'];
  #lastContactMs: number | undefined;
  #lists = 0;
  #restarts = 0;
  #watched = false;
  #broken = false;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** An event or a bookmark: what we have is current. */
  contact(): void {
    this.#lastContactMs = this.#clock.now();
  }

  /** A complete list has been delivered. */
  listed(): void {
    this.#lists++;
    this.#inOrder(this.#lists > 1);
  }

  /** A watch was accepted that follows on from what we have. */
  watching(): void {
    const restarted = this.#watched && this.#broken;
    if (restarted) this.#restarts++;
    this.#watched = true;
    this.#broken = false;
    this.#inOrder(restarted);
  }

  /** The watch is given up without an error to show: it went silent. */
  broke(): void {
    this.#broken = true;
  }

  failed(error: SvclaneError): void {
    this.#broken = true;
    const same = this.#error?.code === error.code && this.#error.message === error.message;
    this.#error = {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
    const state = this.#state === 'listing' ? 'listing' : 'stale';
    if (same && state === this.#state) return;
    this.#state = state;
    this.#changed();
  }

  status(kind: WatchedKind, resourceVersion: string, objects: number): ResourceStatus {
    return {
      kind,
      state: this.#state,
      resourceVersion,
      lastContactMs: this.#lastContactMs,
      objects,
      relists: Math.max(0, this.#lists - 1),
      restarts: this.#restarts,
      error: this.#error,
    };
  }

  #inOrder(always: boolean): void {
    this.contact();
    const before = this.#state;
    const failing = this.#error !== undefined;
    this.#state = 'synced';
    this.#error = undefined;
    if (always || failing || before !== 'synced') this.#changed();
  }
}

const WORST_FIRST: readonly State[] = ['listing', 'stale', 'synced'];

/** One status for the scopes of a kind: the worst state, the oldest contact (and its version), sums, the first error. */
export function mergeStatuses(scopes: readonly [ResourceStatus, ...ResourceStatus[]]): ResourceStatus {
  const oldest = scopes.reduce((a, b) => ((b.lastContactMs ?? 0) < (a.lastContactMs ?? 0) ? b : a));
  return {
    kind: scopes[0].kind,
    state: WORST_FIRST.find((state) => scopes.some((scope) => scope.state === state)) ?? 'listing',
    resourceVersion: oldest.resourceVersion,
    lastContactMs: oldest.lastContactMs,
    objects: sum(scopes.map((scope) => scope.objects)),
    relists: sum(scopes.map((scope) => scope.relists)),
    restarts: sum(scopes.map((scope) => scope.restarts)),
    error: scopes.find((scope) => scope.error !== undefined)?.error,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
