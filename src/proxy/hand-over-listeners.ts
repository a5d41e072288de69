/**
 * Hands the listeners over to a successor that serves already.
 *
 *   taken:      our copy of the socket is closed at once; who waits in the kernel's queue is the successor's
 *   not taken:  closed a moment later, since clients that the kernel sent us before the change may still be in its queue
 */

import type { Clock } from '../lib/clock.ts';
import type { FlowRegistry } from './flow-registry.ts';
import type { CarryReply, Listener } from './listener.ts';

/** Longer than the handshake of a client that is far away takes. */
const LINGER_MS = 1_000;
/** An answer by UDP that takes longer comes too late for most clients. */
const UDP_ANSWER_MS = 2_000;

export interface ListenerHandOver {
  readonly clock: Clock;
  readonly flows: FlowRegistry;
  /** No wait is longer. */
  readonly graceMs: number;
  readonly carry: CarryReply;
  /** Ends every wait. */
  readonly cutShort: Promise<void>;
}

/** Resolves when every listener is handed over and answers under way had their time. Flows are not touched. */
export async function handOverListeners(
  listeners: readonly Listener[],
  { clock, flows, graceMs, carry, cutShort }: ListenerHandOver,
): Promise<void> {
  const left: Listener[] = [];
  for (const listener of listeners) {
    if (listener.isTaken) listener.handOver(carry);
    else if (listener.bound !== undefined) left.push(listener);
  }
  const waitMs = Math.max(left.length > 0 ? LINGER_MS : 0, flows.udp.size > 0 ? UDP_ANSWER_MS : 0);
  if (waitMs > 0) await Promise.race([wait(clock, Math.min(waitMs, graceMs)), cutShort]);
  for (const listener of left) listener.handOver(carry);
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, ms);
  });
}
