/**
 * Quarantine: the endpoints that an operator drains. They get no new flows until they are restored or leave the table.
 *
 * Each set is replaced, never changed in place, so that its identity tells whether it is the one seen before.
 */

import type { ServicePortChange } from './picker.ts';

/** The quarantined endpoints by `ServicePort.key`. */
export class Quarantine {
  readonly #ports = new Map<string, ReadonlySet<string>>();

  /** Keys of endpoints; `undefined` = none. */
  of(servicePortKey: string): ReadonlySet<string> | undefined {
    return this.#ports.size === 0 ? undefined : this.#ports.get(servicePortKey);
  }

  add(servicePortKey: string, endpointKey: string): void {
    this.#ports.set(servicePortKey, new Set([...(this.#ports.get(servicePortKey) ?? []), endpointKey]));
  }

  /** Whether it was in quarantine. */
  remove(servicePortKey: string, endpointKey: string): boolean {
    const before = this.#ports.get(servicePortKey);
    if (!before?.has(endpointKey)) return false;
    this.#keep(servicePortKey, before, (key) => key !== endpointKey);
    return true;
  }

  /** Follows a new table: forgets the endpoints that are gone. */
  sync(changes: readonly ServicePortChange[]): void {
    if (this.#ports.size === 0) return;
    for (const { before, after } of changes) {
      const servicePortKey = (after ?? before)?.key ?? '';
      const set = this.#ports.get(servicePortKey);
      if (set === undefined) continue;
      const keys = new Set(after?.endpoints.map(({ key }) => key));
      this.#keep(servicePortKey, set, (key) => keys.has(key));
    }
  }

  *[Symbol.iterator](): Iterator<readonly [servicePortKey: string, endpointKeys: ReadonlySet<string>]> {
    yield* this.#ports;
  }

  #keep(servicePortKey: string, before: ReadonlySet<string>, stays: (endpointKey: string) => boolean): void {
    const after = new Set([...before].filter(stays));
    if (after.size === 0) this.#ports.delete(servicePortKey);
    else if (after.size < before.size) this.#ports.set(servicePortKey, after);
  }
}
