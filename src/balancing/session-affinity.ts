/**
 * Session affinity: which endpoint a client address was given, for each ServicePort.
 *
 *   ports   "shop/web:http/TCP/IPv4" ─▶ clients  "10.1.0.9" ─▶ Entry ─▶ Target "10.244.1.7:8080"
 *                                       targets  "10.244.1.7:8080" ──────▶ (the same object)
 *   list    oldest ⇄ Entry ⇄ Entry ⇄ newest       all entries of all ports, by last use
 *
 * An endpoint that is removed marks its Target dead and leaves `targets`: its entries are void at once, without a walk
 * over the clients, and an endpoint that later has the same address starts afresh. The list bounds the memory: the
 * entry that was not used for the longest time makes room, and each new entry looks at the two oldest for expiry.
 */

import type { AffinityRow } from '../model/soft-state.ts';

/** The endpoint of some clients. Dead = the endpoint was removed. */
interface Target {
  readonly endpointKey: string;
  live: boolean;
}

interface PortClients {
  readonly key: string;
  readonly clients: Map<string, Entry>;
  readonly targets: Map<string, Target>;
  timeoutMs: number;
}

interface Entry {
  readonly port: PortClients;
  readonly client: string;
  target: Target;
  usedAtMs: number;
  older: Entry | undefined;
  newer: Entry | undefined;
}

const EXPIRY_CHECKS = 2;

/** What clients are remembered to use. Times are monotonic ms; `maxEntries` bounds all ServicePorts together. */
export class SessionAffinity {
  readonly #maxEntries: number;
  readonly #ports = new Map<string, PortClients>();
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #size = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#size;
  }

  /** The key of the endpoint this client is remembered to use; `undefined` = none, idle for the time-out, or gone. */
  recall(portKey: string, client: string, timeoutMs: number, nowMs: number): string | undefined {
    const entry = this.#ports.get(portKey)?.clients.get(client);
    if (!entry?.target.live || nowMs - entry.usedAtMs >= timeoutMs) return undefined;
    return entry.target.endpointKey;
  }

  /** Notes a new flow of the client to the endpoint: its idle time starts anew. */
  remember(portKey: string, client: string, endpointKey: string, timeoutMs: number, nowMs: number): void {
    const port = this.#port(portKey);
    port.timeoutMs = timeoutMs;
    const known = port.clients.get(client);
    if (known) {
      this.#unlink(known);
      if (known.target.endpointKey !== endpointKey || !known.target.live) known.target = target(port, endpointKey);
      known.usedAtMs = nowMs;
      this.#append(known);
      return;
    }
    this.#makeRoom(nowMs);
    const entry = {
      port,
      client,
      target: target(port, endpointKey),
      usedAtMs: nowMs,
      older: undefined,
      newer: undefined,
    };
    port.clients.set(client, entry);
    this.#append(entry);
  }

  /** Every entry that counts, least recently used first. */
  *rows(nowMs: number): IterableIterator<AffinityRow> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) {
      const { port, client, target, usedAtMs } = entry;
      const idleMs = nowMs - usedAtMs;
      if (!target.live || idleMs >= port.timeoutMs) continue;
      yield { servicePort: port.key, client, endpoint: target.endpointKey, idleMs };
    }
  }

  /** The endpoint was removed from the ServicePort: nobody is remembered to use it. */
  dropEndpoint(portKey: string, endpointKey: string): void {
    const port = this.#ports.get(portKey);
    const gone = port?.targets.get(endpointKey);
    if (!port || !gone) return;
    gone.live = false;
    port.targets.delete(endpointKey);
  }

  /** Forgets every client of a ServicePort: it is gone, or its affinity was turned off. */
  clear(portKey: string): void {
    const port = this.#ports.get(portKey);
    if (!port) return;
    for (const entry of port.clients.values()) this.#unlink(entry);
    this.#ports.delete(portKey);
  }

  #port(key: string): PortClients {
    const known = this.#ports.get(key);
    if (known) return known;
    const port: PortClients = { key, clients: new Map(), targets: new Map(), timeoutMs: 0 };
    this.#ports.set(key, port);
    return port;
  }

  #makeRoom(nowMs: number): void {
    for (let check = 0; check < EXPIRY_CHECKS && this.#oldest; check++) {
      const entry = this.#oldest;
      const idle = nowMs - entry.usedAtMs >= entry.port.timeoutMs;
      if (!idle && entry.target.live && this.#size < this.#maxEntries) return;
      this.#unlink(entry);
      entry.port.clients.delete(entry.client);
    }
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    this.#size++;
  }

  #unlink(entry: Entry): void {
    if (entry.older) entry.older.newer = entry.newer;
    else this.#oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.#newest = entry.older;
    this.#size--;
  }
}

function target(port: PortClients, endpointKey: string): Target {
  const known = port.targets.get(endpointKey);
  if (known) return known;
  const fresh = { endpointKey, live: true };
  port.targets.set(endpointKey, fresh);
  return fresh;
}
