/**
 * The cluster IPs that have captured frontends: addresses that are svclane's whole, unknown ports too.
 *
 * ```
 *   address ─▶ keys of its frontends     an address is wanted while it has one
 *   #dirty ──▶ addresses that may differ from what is in the kernel
 * ```
 */

import type { Frontend } from '../model/route.ts';

/** Counts which frontends use which cluster IP; other kinds of frontend are passed over. */
export class CapturedClusterIPs {
  readonly #users = new Map<string, Set<string>>();
  readonly #installed = new Set<string>();
  readonly #dirty = new Set<string>();

  use({ kind, address, key }: Frontend): void {
    if (kind !== 'clusterIP') return;
    const users = this.#users.get(address) ?? new Set();
    this.#users.set(address, users.add(key));
    this.#dirty.add(address);
  }

  disuse({ kind, address, key }: Frontend): void {
    const users = kind === 'clusterIP' ? this.#users.get(address) : undefined;
    if (!users?.delete(key)) return;
    if (users.size === 0) this.#users.delete(address);
    this.#dirty.add(address);
  }

  /** Every address in use. */
  all(): readonly string[] {
    return [...this.#users.keys()];
  }

  /** What has to leave the kernel, and what has to come, for it to have `all()`. */
  difference(): { readonly removed: readonly string[]; readonly added: readonly string[] } {
    const dirty = [...this.#dirty];
    return {
      removed: dirty.filter((address) => !this.#users.has(address) && this.#installed.has(address)),
      added: dirty.filter((address) => this.#users.has(address) && !this.#installed.has(address)),
    };
  }

  /** The kernel has `all()`, after the difference. */
  settleDifference(): void {
    for (const address of this.#dirty) {
      if (this.#users.has(address)) this.#installed.add(address);
      else this.#installed.delete(address);
    }
    this.#dirty.clear();
  }

  /** The kernel has `all()`, whatever it had before. */
  settleWhole(): void {
    this.#installed.clear();
    for (const address of this.#users.keys()) this.#installed.add(address);
    this.#dirty.clear();
  }
}
