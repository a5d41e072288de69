/**
 * Helper book: what one helper has been told, and what it is to be told next.
 *
 *   mark(key) ──▶ dirty ──next()──▶ a message with some of it: first what is to be closed, then what is to be served
 *
 * What differs is found out when a message is made, so that changes may come faster than they are sent.
 */

import type { Route } from '../../model/route.ts';
import type { PortRecord, PortRecords } from './port-records.ts';
import { isSame, type Shared, type SharedRoutes } from './shared-routes.ts';
import type { SharedRoute, TableMessage } from './worker-messages.ts';

/** So much is copied in a millisecond or two: flows must not wait longer. */
const MAX_ROUTES = 64;
const MAX_ENDPOINTS = 1_000;
const MAX_CLOSED = 2_000;

const NONE: ReadonlySet<string> = new Set();

/** The book of one thread. */
export class HelperBook {
  readonly #shared: SharedRoutes;
  readonly #records: PortRecords;
  readonly #told = new Map<string, Shared>();
  readonly #dirty = new Set<string>();
  /** How many routes that were told have this port record. */
  readonly #uses = new Map<number, number>();
  readonly #routes = new Map<number, Route>();
  #retired: { readonly batch: number; readonly id: number }[] = [];
  /** Keys of the UDP frontends that the last message begins with. */
  joined: ReadonlySet<string> = NONE;
  #batch = 0;

  constructor(shared: SharedRoutes, records: PortRecords) {
    this.#shared = shared;
    this.#records = records;
    for (const key of shared.keys()) this.#dirty.add(key);
  }

  /** The number of the last message; 0 = there was none. */
  get batch(): number {
    return this.#batch;
  }

  /** Something about this frontend has changed. */
  mark(frontendKey: string): void {
    this.#dirty.add(frontendKey);
  }

  /** The route that was told under this number, while flows of it may still be told of. */
  routeOf(id: number): Route | undefined {
    return this.#routes.get(id);
  }

  knows(frontendKey: string): boolean {
    return this.#told.has(frontendKey);
  }

  /** The routes that it serves. */
  told(): readonly Route[] {
    return [...this.#told.values()].map(({ route }) => route);
  }

  /** Whether there is something that it serves and should not. */
  get closes(): boolean {
    return this.#toClose(1).length > 0;
  }

  /** It has followed the messages up to this one. */
  applied(batch: number): void {
    for (const { batch: at, id } of this.#retired) if (at <= batch) this.#routes.delete(id);
    this.#retired = this.#retired.filter((each) => each.batch > batch);
  }

  /** The next message; `undefined` = it has been told all. */
  next(generation: number): TableMessage | undefined {
    this.joined = NONE;
    const closed = this.#toClose(MAX_CLOSED);
    const message = closed.length > 0 ? this.#closing(closed, generation) : this.#serving(generation);
    if (message !== undefined) this.#batch = message.batch;
    return message;
  }

  /** Keys of what it serves and should not, or not there. */
  #toClose(most: number): readonly string[] {
    const keys: string[] = [];
    for (const key of this.#dirty) {
      const told = this.#told.get(key);
      const wanted = this.#shared.get(key);
      if (told === undefined || (wanted !== undefined && isSame(told.binding, wanted.binding))) continue;
      keys.push(key);
      if (keys.length === most) break;
    }
    return keys;
  }

  #closing(keys: readonly string[], generation: number): TableMessage {
    const forget: number[] = [];
    for (const key of keys) {
      const told = this.#told.get(key);
      this.#told.delete(key);
      if (this.#shared.get(key) === undefined) this.#dirty.delete(key);
      if (told !== undefined) this.#retire(told, forget);
    }
    const gone = keys.filter((key) => this.#shared.isGone(key));
    const withdrawn = keys.filter((key) => !this.#shared.isGone(key));
    return { ...this.#empty(generation), gone, withdrawn, forget };
  }

  #serving(generation: number): TableMessage | undefined {
    const routes: SharedRoute[] = [];
    const ports: PortRecord[] = [];
    const forget: number[] = [];
    const joined: string[] = [];
    let endpoints = 0;
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const wanted = this.#shared.get(key);
      const told = this.#told.get(key);
      if (wanted === undefined || wanted === told) continue;
      const record = this.#records.of(wanted.route.servicePort);
      if (this.#use(record)) {
        ports.push(record);
        endpoints += wanted.route.servicePort.endpoints.length;
      }
      routes.push(this.#tell(key, wanted, record));
      if (told !== undefined) this.#retire(told, forget);
      else if (wanted.route.frontend.protocol === 'UDP') joined.push(key);
      if (routes.length === MAX_ROUTES || endpoints >= MAX_ENDPOINTS) break;
    }
    this.joined = joined.length === 0 ? NONE : new Set(joined);
    return routes.length === 0
      ? undefined
      : { ...this.#empty(generation), ports, routes, forget: this.#unused(forget) };
  }

  #tell(key: string, shared: Shared, { id: port }: PortRecord): SharedRoute {
    const { id, route, binding } = shared;
    this.#told.set(key, shared);
    this.#routes.set(id, route);
    return { id, frontend: route.frontend, port, binding, isWide: this.#shared.isWide(key) };
  }

  /** Whether it is new to the helper. */
  #use({ id }: PortRecord): boolean {
    const uses = this.#uses.get(id) ?? 0;
    this.#uses.set(id, uses + 1);
    return uses === 0;
  }

  /** Its flows may be told of until the message that replaces it has been followed. */
  #retire({ id, route }: Shared, forget: number[]): void {
    this.#retired.push({ batch: this.#batch + 1, id });
    const port = this.#records.of(route.servicePort).id;
    const uses = (this.#uses.get(port) ?? 1) - 1;
    if (uses > 0) this.#uses.set(port, uses);
    else {
      this.#uses.delete(port);
      forget.push(port);
    }
  }

  /** One that was used again later in the same message stays. */
  #unused(forget: readonly number[]): readonly number[] {
    return forget.filter((port) => !this.#uses.has(port));
  }

  #empty(generation: number): TableMessage {
    const batch = this.#batch + 1;
    return { type: 'table', batch, generation, ports: [], routes: [], gone: [], withdrawn: [], forget: [] };
  }
}
