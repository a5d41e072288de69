/**
 * UDP flow table: the flows of one listener by client, without building a key for each datagram.
 *
 *   port ──▶ flow ──next──▶ flow          (clients with one port and different addresses, or one client's endpoints)
 *
 * Clients' ports differ far more than not, so that a chain is almost always one flow long; where each datagram is
 * balanced, as long as a client has endpoints.
 */

/** What the table needs of an entry. `peerAddress` is the address as the socket gives it. */
export interface TableEntry<T> {
  readonly peerAddress: string;
  readonly clientPort: number;
  readonly endpoint: { readonly key: string };
  next: T | undefined;
}

/** Entries by client address and port, and by endpoint; each at most once. */
export class UdpFlowTable<T extends TableEntry<T>> {
  readonly #chains = new Map<number, T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Some entry of the client: where it has one, that one. */
  get(port: number, address: string): T | undefined {
    let entry = this.#chains.get(port);
    while (entry !== undefined && entry.peerAddress !== address) entry = entry.next;
    return entry;
  }

  /** The entry of the client with this endpoint. */
  find(port: number, address: string, endpointKey: string): T | undefined {
    let entry = this.#chains.get(port);
    while (entry !== undefined && (entry.peerAddress !== address || entry.endpoint.key !== endpointKey)) {
      entry = entry.next;
    }
    return entry;
  }

  /** The client must not be in the table with this endpoint. */
  add(entry: T): void {
    entry.next = this.#chains.get(entry.clientPort);
    this.#chains.set(entry.clientPort, entry);
    this.#size += 1;
  }

  /** Removes this very entry; one that is not there is ignored. */
  remove(entry: T): void {
    const first = this.#chains.get(entry.clientPort);
    if (first === entry) {
      if (entry.next === undefined) this.#chains.delete(entry.clientPort);
      else this.#chains.set(entry.clientPort, entry.next);
      this.#size -= 1;
      return;
    }
    for (let before = first; before !== undefined; before = before.next) {
      if (before.next !== entry) continue;
      before.next = entry.next;
      this.#size -= 1;
      return;
    }
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const first of [...this.#chains.values()]) {
      for (let entry: T | undefined = first; entry !== undefined; ) {
        const next: T | undefined = entry.next;
        yield entry;
        entry = next;
      }
    }
  }
}
