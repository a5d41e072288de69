/**
 * Capture `none`: every frontend is bound at its own address, and the kernel is left alone.
 *
 * For addresses that are the machine's own (loopback, node addresses), or that somebody else makes local.
 */

import type { Binding, Capture } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';

/** A capture that changes nothing. Every call succeeds. */
export function createNoCapture(reason: string): Capture {
  return {
    type: 'none',
    reason,
    open: async () => {},
    prepare: async () => {},
    bindingOf: (frontend: Frontend): Binding => ({ address: frontend.address, port: frontend.port }),
    rebind: () => undefined,
    commit: async () => {},
    release: async () => {},
    restore: async () => {},
    close: async () => {},
  };
}
