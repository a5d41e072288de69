/**
 * What others see of a frontend entry.
 */

import type { FrontendEntry } from './frontend-entry.ts';
import type { ListenerStatus } from './listener-set.ts';

/** Its listener, as it is at the moment. */
export function statusOf({ frontend, state, error, listener }: FrontendEntry): ListenerStatus {
  const { bound, connections } = listener;
  const where = { boundAddress: bound?.address ?? '', boundPort: bound?.port ?? 0 };
  return { frontendKey: frontend.key, state, ...where, connections, ...(error && { error }) };
}

/** Whether its socket is to be opened or closed. */
export function isUnsettled(entry: FrontendEntry): boolean {
  return entry.isUnsettled;
}
