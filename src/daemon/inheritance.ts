/**
 * Inheritance: what a daemon has of the process that it takes over from.
 */

import type { CaptureType } from '../model/capture.ts';
import type { HandedOn } from '../model/soft-state.ts';

/** A predecessor, as its successor sees it. Sockets are taken through the socket exchange. */
export interface Inheritance {
  /**
   * Asks it to change nothing any more and to hand on what it knows; resolves when it does so. Called once, when the first
   * table is built. Rejects with `SVL_HANDOVER` where it refuses.
   */
  claim(capture: CaptureType): Promise<HandedOn>;
  /** Whether it has let go: until then what is in the kernel is not ours to remove. */
  isOver(): boolean;
}
