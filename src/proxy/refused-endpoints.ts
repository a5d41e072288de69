/**
 * Refused endpoints: which endpoint refused which client last, until the client's next datagram.
 */

const MAX_CLIENTS = 1024;
const NONE: ReadonlySet<string> = new Set();

/** A bounded memory; the oldest is forgotten first. It is asked only when a flow begins. */
export class RefusedEndpoints {
  readonly #endpoints = new Map<string, string>();

  add(port: number, address: string, endpointKey: string): void {
    const oldest = this.#endpoints.size < MAX_CLIENTS ? undefined : this.#endpoints.keys().next().value;
    if (oldest !== undefined) this.#endpoints.delete(oldest);
    this.#endpoints.set(`${port} ${address}`, endpointKey);
  }

  /** The endpoint that refused this client, as a set of one or none, and forgets it. */
  take(port: number, address: string): ReadonlySet<string> {
    if (this.#endpoints.size === 0) return NONE;
    const key = `${port} ${address}`;
    const endpointKey = this.#endpoints.get(key);
    if (endpointKey === undefined) return NONE;
    this.#endpoints.delete(key);
    return new Set([endpointKey]);
  }
}
