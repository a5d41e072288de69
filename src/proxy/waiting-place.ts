/**
 * Waiting place: one flow's in the waiting room of its frontend.
 */

import type { Flow } from '../model/flow.ts';
import { channels } from '../observability/channels.ts';
import type { Waiter, WaitingRoom } from './waiting-room.ts';

/** Taken and left at most once at a time. */
export class WaitingPlace {
  isTaken = false;
  readonly #room: WaitingRoom;
  readonly #flow: Flow & Waiter;

  constructor(room: WaitingRoom, flow: Flow & Waiter) {
    this.#room = room;
    this.#flow = flow;
  }

  /** Takes it, or keeps it; `false` = the room is full. */
  take({ maxWaitMs, maxQueued }: { readonly maxWaitMs: number; readonly maxQueued: number }): boolean {
    if (this.isTaken) return true;
    if (this.#room.size >= maxQueued) return false;
    this.isTaken = true;
    this.#room.enter(this.#flow, maxWaitMs);
    return true;
  }

  /** Nothing happens where it was not taken. `served` = an endpoint came. */
  leave(served: boolean): void {
    if (!this.isTaken) return;
    this.isTaken = false;
    const waitedMs = this.#room.leave(this.#flow) ?? 0;
    if (channels.waitEnded.hasSubscribers) channels.waitEnded.publish({ flow: this.#flow, waitedMs, served });
  }
}
