/**
 * The frontends of a listener set: which there are, as the tables say. Their sockets are the settler's business.
 */

import type { Route, TableDiff } from '../model/route.ts';
import { FrontendEntry, isServed } from './frontend-entry.ts';
import type { LiveServicePorts } from './live-service-ports.ts';
import type { ProxyContext } from './proxy-context.ts';

/** What a table left to be done: entries whose sockets are to be opened or closed, and entries that are gone. */
export interface Unsettled {
  readonly touched: readonly FrontendEntry[];
  readonly removed: readonly FrontendEntry[];
}

/** The entries by their frontends. What a diff does not name is not touched. */
export class FrontendEntries {
  readonly #entries = new Map<string, FrontendEntry>();
  readonly #context: ProxyContext;
  readonly #servicePorts: LiveServicePorts;
  #touched: FrontendEntry[] = [];
  #removed: FrontendEntry[] = [];

  constructor(context: ProxyContext, servicePorts: LiveServicePorts) {
    this.#context = context;
    this.#servicePorts = servicePorts;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(frontendKey: string): FrontendEntry | undefined {
    return this.#entries.get(frontendKey);
  }

  values(): Iterable<FrontendEntry> {
    return this.#entries.values();
  }

  /** New flows follow the new table from here on. */
  follow(diff: TableDiff): Unsettled {
    this.#touched = [];
    this.#removed = [];
    for (const route of diff.removed) this.#take(route);
    for (const { before, after } of diff.changed) this.#change(before, after);
    for (const route of diff.added) this.#add(route);
    return { touched: this.#touched, removed: this.#removed };
  }

  /** Takes out what others serve alone from here on. */
  withdraw(frontendKeys: readonly string[]): readonly FrontendEntry[] {
    const entries = frontendKeys.flatMap((key) => this.#entries.get(key) ?? []);
    for (const entry of entries) {
      this.#entries.delete(entry.frontend.key);
      this.#servicePorts.release(entry.route.servicePort);
      entry.isGone = true;
      entry.isWithdrawn = true;
    }
    return entries;
  }

  /** For clients that are held while all else ends. */
  retarget({ changed }: TableDiff): void {
    for (const { after } of changed) this.#entries.get(after.frontend.key)?.listener.retarget(after);
  }

  #add(route: Route): void {
    if (!isServed(route.frontend)) return;
    const entry = new FrontendEntry(this.#context, route);
    this.#entries.set(route.frontend.key, entry);
    this.#servicePorts.retain(route.servicePort);
    this.#touched.push(entry);
  }

  #take(route: Route): void {
    const entry = this.#entries.get(route.frontend.key);
    if (entry === undefined) return;
    this.#entries.delete(route.frontend.key);
    this.#servicePorts.release(entry.route.servicePort);
    entry.isGone = true;
    this.#removed.push(entry);
  }

  /** Retargets. Only what wants its socket opened or closed has to settle. */
  #change(before: Route, after: Route): void {
    const entry = this.#entries.get(after.frontend.key);
    if (entry === undefined) {
      this.#add(after);
    } else if ((before.frontend.kind === 'local') !== (after.frontend.kind === 'local')) {
      this.#take(before);
      // The same address and port under other rules: the old socket must not be in the way.
      entry.listener.remove();
      this.#add(after);
    } else {
      this.#servicePorts.release(entry.route.servicePort);
      this.#servicePorts.retain(after.servicePort);
      entry.listener.retarget(after);
      if (entry.isUnsettled) this.#touched.push(entry);
    }
  }
}
