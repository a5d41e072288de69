/**
 * Output that goes on until nobody reads it: `svclane get conns -w | head` ends by itself.
 */

import { setTimeout as sleep } from 'node:timers/promises';

/** Aborted when the reader of stdout has gone. */
export function closedPipe(): AbortSignal {
  const controller = new AbortController();
  process.stdout.on('error', () => controller.abort());
  return controller.signal;
}

/** Waits; `false` = `signal` was aborted before or meanwhile. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
