/**
 * What Node has made of our modules, kept for the next start.
 */

import { flushCompileCache } from 'node:module';

/** Writes it now. Node does that at its end, which a process that is killed does not come to. */
export function keepCompiled(): void {
  flushCompileCache();
}
