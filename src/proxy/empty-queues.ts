/**
 * Emptying the kernel's queues of listening sockets, before they are closed while others go on at the same address.
 *
 * Who waits in the queue of a socket is lost with it, unless the kernel moves clients (`net.ipv4.tcp_migrate_req`). Node.js
 * accepts one client of a socket in each turn of the event loop: a turn that brought nobody found the queues empty.
 */

import type { Listener } from './listener.ts';

const QUIET_TURNS = 2;
/** Where clients keep coming the queues are never empty for long. */
const MAX_TURNS = 64;

/** Resolves when nobody waits, or after a while. */
export async function emptyQueues(listeners: readonly Pick<Listener, 'accepted'>[]): Promise<void> {
  let before = acceptedBy(listeners);
  let quiet = 0;
  for (let turns = 0; turns < MAX_TURNS && quiet < QUIET_TURNS; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    const accepted = acceptedBy(listeners);
    quiet = accepted === before ? quiet + 1 : 0;
    before = accepted;
  }
}

function acceptedBy(listeners: readonly Pick<Listener, 'accepted'>[]): number {
  let sum = 0;
  for (const { accepted } of listeners) sum += accepted;
  return sum;
}
