/**
 * Capture: how the kernel hands Service addresses over to our listeners.
 */

import type { Frontend } from './route.ts';

/** Where the listener of a frontend binds. Port 0 = any free port. */
export interface Binding {
  readonly address: string;
  readonly port: number;
}

export type CaptureType = 'nftables' | 'routes' | 'none';

/**
 * One way of capturing frontends. `none` binds a frontend's own address.
 *
 * For each new table the listener set calls, in this order: `prepare(added)`, binds its sockets at `bindingOf(…)`,
 * `commit(added, removed)`, then closes the sockets of `removed`. Calls never overlap.
 */
export interface Capture {
  readonly type: CaptureType;
  /** Why this one was taken, one line, for the log. */
  readonly reason: string;
  /** Makes the kernel ready; takes over what a crashed predecessor left. Throws `SVL_CAPTURE`. */
  open(): Promise<void>;
  /** Makes the frontends bindable. Throws `SVL_CAPTURE`; nothing is changed then. */
  prepare(added: readonly Frontend[]): Promise<void>;
  bindingOf(frontend: Frontend): Binding;
  /** The binding is taken by somebody else: another one, or `undefined` where there is no choice. Valid after `prepare`. */
  rebind(frontend: Frontend): Binding | undefined;
  /**
   * Puts `added` in force and takes `removed` out, in one transaction. A frontend whose binding moved by `rebind` is
   * passed in `added` again. Throws `SVL_CAPTURE`; the next commit tries again what failed.
   */
  commit(added: readonly Frontend[], removed: readonly Frontend[]): Promise<void>;
  /** Leaves the kernel as it is to a successor that captures in the same way: nothing is looked after, nor removed, any more. */
  release(): Promise<void>;
  /** A successor that may have changed the kernel has failed: puts in force what was committed here. Throws `SVL_CAPTURE`. */
  restore(): Promise<void>;
  /** Removes from the kernel all that was put there. Idempotent. */
  close(): Promise<void>;
}
