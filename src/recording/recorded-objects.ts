/**
 * The objects of a record as they are told, line by line, and the tables that they make.
 */

import { deepEqual } from '../lib/deep-equal.ts';
import { emptyMap, type PersistentMap } from '../lib/persistent-map.ts';
import { parseAddress } from '../model/address.ts';
import { decodeObject } from '../model/decode-object.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import { PROBLEM_CODES, type Problem, type ProblemCode } from '../model/problem.ts';
import type { NodeContext, RoutingTable } from '../model/route.ts';
import { type Service, serviceKey } from '../model/service.ts';
import { shareSlice } from '../routing/share-slice.ts';
import { buildTable } from '../routing/table.ts';
import { encodeObject } from './encode-object.ts';
import type { RecordedDeletion, RecordedEntry } from './record-lines.ts';

/** The state that a record has come to. What is wrong with an entry is thrown as an Error, for the reader to place. */
export class RecordedObjects {
  readonly #serviceProxyName: string;
  #services: PersistentMap<Service> = emptyMap();
  #slices: PersistentMap<readonly EndpointSlice[]> = emptyMap();
  /** `namespace/name addressType` → the slice. */
  readonly #known = new Map<string, EndpointSlice>();
  #dirty = new Set<string>();
  /** Local addresses of Services. One that is gone keeps its own, for when a table of the past is made again. */
  readonly #hosts = new Map<string, string>();

  constructor(serviceProxyName: string) {
    this.#serviceProxyName = serviceProxyName;
  }

  apply(entry: RecordedEntry): void {
    const object = decodeEntry(entry);
    if (object.kind === 'Service') {
      const key = serviceKey(object.namespace, object.name);
      this.#services = this.#services.set(key, object);
      this.#dirty.add(key);
      this.#setHost(key, entry.host);
    } else this.#applySlice(object);
  }

  /** The local address of a Service, by its key. */
  hostOf(key: string): string | undefined {
    return this.#hosts.get(key);
  }

  delete({ kind, namespace, name, addressType = '' }: RecordedDeletion): void {
    const key = serviceKey(namespace, name);
    if (kind === 'Service') {
      this.#services = this.#services.delete(key);
      this.#dirty.add(key);
      return;
    }
    const slice = this.#known.get(`${key} ${addressType}`);
    if (kind !== 'EndpointSlice' || !slice) throw new Error(`delete: no ${kind} ${key} ${addressType} is there`);
    this.#known.delete(`${key} ${addressType}`);
    this.#replace(slice, undefined);
  }

  /** Forgets all; what comes again unchanged is the same object in the next table. */
  clear(): void {
    for (const [key] of this.#services.entries()) this.#dirty.add(key);
    this.#services = emptyMap();
    this.#slices = emptyMap();
    this.#known.clear();
  }

  /** The table that follows `previous`, under its own number. */
  table(previous: RoutingTable, generation: number, node: NodeContext): RoutingTable {
    const [services, slices] = [this.#services, this.#slices];
    const state = { serviceProxyName: this.#serviceProxyName, services, slices, node: undefined, nodeDeleted: false };
    const table = buildTable(previous, state, this.#dirty, node);
    this.#dirty = new Set();
    return { ...table, generation };
  }

  #setHost(key: string, host: string | undefined): void {
    if (host !== undefined && parseAddress(host) !== host) throw new Error(`host: "${host}" is no address`);
    if (host === undefined) this.#hosts.delete(key);
    else this.#hosts.set(key, host);
  }

  #applySlice(told: EndpointSlice): void {
    const identity = `${serviceKey(told.namespace, told.name)} ${told.addressType}`;
    const known = this.#known.get(identity);
    const slice = known ? shareSlice(known, told) : told;
    this.#known.set(identity, slice);
    if (known && known.serviceName !== slice.serviceName) this.#replace(known, undefined);
    this.#replace(known, slice);
  }

  #replace(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const slice = after ?? before;
    if (!slice) return;
    const owner = serviceKey(slice.namespace, slice.serviceName);
    const others = (this.#slices.get(owner) ?? []).filter((other) => other !== before);
    const slices = after ? [...others, after].toSorted(byNameAndType) : others;
    this.#slices = slices.length === 0 ? this.#slices.delete(owner) : this.#slices.set(owner, slices);
    this.#dirty.add(owner);
  }
}

/** An object that is just as svclane writes it: one that was edited, or is of another kind, is not. */
function decodeEntry({ object: raw, problems = [] }: RecordedEntry): Service | EndpointSlice {
  const { object } = decodeObject(raw);
  if (!object || object.kind === 'Node') throw new Error('the object is no Service or EndpointSlice');
  const known = { ...object, problems: problems.map(problemOf) };
  const difference = firstDifference(raw, encodeObject(known), '');
  if (difference !== undefined)
    throw new Error(`${known.kind} ${known.name}: ${difference} is not as svclane writes it`);
  return known;
}

function problemOf({ code, path, message }: { code: string; path: string; message: string }): Problem {
  if (!isProblemCode(code)) throw new Error(`problems: "${code}" is no code of a problem`);
  return { code, path, message };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEM_CODES, code);
}

/** The path of the first field that differs. */
function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (deepEqual(a, b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path || 'the object';
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const found = firstDifference(left.get(key), right.get(key), path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return path || 'the object';
}

function byNameAndType(a: EndpointSlice, b: EndpointSlice): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.addressType < b.addressType ? -1 : 1;
}
