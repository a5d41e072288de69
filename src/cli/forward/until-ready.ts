/**
 * Waiting for the routing table to be as wanted.
 */

import { channels } from '../../observability/channels.ts';

/** Resolves with whether `isReady` came true within `ms`; it is asked at once, and after each table. */
export async function untilReady(isReady: () => boolean, ms: number): Promise<boolean> {
  if (isReady()) return true;
  const found = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => found.resolve(false), ms);
  const onSync = (): void => {
    // The message comes before the table can be asked for.
    setImmediate(() => void (isReady() && found.resolve(true)));
  };
  channels.sync.subscribe(onSync);
  try {
    return await found.promise;
  } finally {
    channels.sync.unsubscribe(onSync);
    clearTimeout(timer);
  }
}
