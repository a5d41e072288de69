/**
 * Cluster state: the objects a source has told, which Services they touched since the last table, and when.
 *
 *   apply, delete ──▶ services, slices by owner ──snapshot──▶ buildTable
 *                 └─▶ dirty Services, trigger times ──takeDirty──▶
 *
 * The state keeps what it is told, even slices whose Service is not there yet. It emulates the label selectors of the
 * watches, so that a source without selectors works too: an object that another proxy owns counts as deleted.
 */

import { deepEqual } from '../lib/deep-equal.ts';
import { emptyMap, type PersistentMap } from '../lib/persistent-map.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { Node } from '../model/node.ts';
import { type Service, serviceKey } from '../model/service.ts';
import type { ApiObject, WatchedKind } from '../model/source.ts';
import { createSliceIndex } from './slice-index.ts';

/** The state at one moment, immutable: what a table is built from. */
export interface StateSnapshot {
  /** The proxy name whose objects are ours; "" = those without the label. */
  readonly serviceProxyName: string;
  /** `namespace/name` → Service, also of those that are not routed. */
  readonly services: PersistentMap<Service>;
  /** `namespace/name` of the Service → its slices, sorted by name; also of Services that are not there. */
  readonly slices: PersistentMap<readonly EndpointSlice[]>;
  /** The own Node as last told; its deletion leaves it. */
  readonly node: Node | undefined;
  /** The own Node was deleted, and has not come back. */
  readonly nodeDeleted: boolean;
}

/** What changed between two calls of `takeDirty`. */
export interface Dirty {
  /** `namespace/name` of each Service that must be rebuilt. */
  readonly services: ReadonlySet<string>;
  /** How many object changes went into it. */
  readonly serviceChanges: number;
  readonly endpointChanges: number;
  /** `namespace/name` → trigger times of its slices, ms since the epoch, in the order of arrival. */
  readonly triggerTimes: ReadonlyMap<string, readonly number[]>;
}

export interface ClusterStateOptions {
  /** Only objects whose label `service.kubernetes.io/service-proxy-name` has this value; "" = those without the label. */
  readonly serviceProxyName: string;
  /** Trigger times that are not later than this are ignored, ms since the epoch. Default: all count. */
  readonly startedAtMs?: number;
  /** Keep slices that carry the label `service.kubernetes.io/headless`: lanes to headless Services want them. */
  readonly keepHeadless?: boolean;
}

/** The one mutable part of routing. `apply` and `delete` tell whether anything that matters changed. */
export interface ClusterState {
  apply(object: ApiObject): boolean;
  /** Deleting what is unknown is allowed, and changes nothing. `namespace` is "" for a Node. */
  delete(kind: WatchedKind, namespace: string, name: string): boolean;
  snapshot(): StateSnapshot;
  /** Something changed since the last `takeDirty`. */
  readonly isDirty: boolean;
  /** How many object changes wait for `takeDirty`. */
  readonly pending: Pick<Dirty, 'serviceChanges' | 'endpointChanges'>;
  /** Hands over what changed, and starts anew. */
  takeDirty(): Dirty;
}

/** Makes an empty state. */
export function createClusterState(options: ClusterStateOptions): ClusterState {
  return new State(options);
}

class State implements ClusterState {
  readonly #serviceProxyName: string;
  #services: PersistentMap<Service> = emptyMap();
  readonly #slices: ReturnType<typeof createSliceIndex>;
  #node: Node | undefined;
  #nodeDeleted = false;
  #dirty = new Set<string>();
  #serviceChanges = 0;

  constructor({ serviceProxyName, startedAtMs = Number.NEGATIVE_INFINITY, keepHeadless = false }: ClusterStateOptions) {
    this.#serviceProxyName = serviceProxyName;
    this.#slices = createSliceIndex({
      serviceProxyName,
      startedAtMs,
      keepHeadless,
      touched: (key) => this.#dirty.add(key),
    });
  }

  apply(object: ApiObject): boolean {
    if (object.kind === 'Service') return this.#applyService(object);
    if (object.kind === 'EndpointSlice') return this.#slices.apply(object);
    const changed = this.#nodeDeleted || !this.#node || !equalButVersion(this.#node, object);
    if (changed) this.#node = object;
    this.#nodeDeleted = false;
    return changed;
  }

  delete(kind: WatchedKind, namespace: string, name: string): boolean {
    if (kind === 'EndpointSlice') return this.#slices.delete(namespace, name);
    if (kind === 'Service') return this.#deleteService(serviceKey(namespace, name));
    const changed = this.#node?.name === name && !this.#nodeDeleted;
    if (changed) this.#nodeDeleted = true;
    return changed;
  }

  snapshot(): StateSnapshot {
    return {
      serviceProxyName: this.#serviceProxyName,
      services: this.#services,
      slices: this.#slices.byService,
      node: this.#node,
      nodeDeleted: this.#nodeDeleted,
    };
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  get pending(): ClusterState['pending'] {
    return { serviceChanges: this.#serviceChanges, endpointChanges: this.#slices.pendingChanges };
  }

  takeDirty(): Dirty {
    const dirty: Dirty = {
      services: this.#dirty,
      serviceChanges: this.#serviceChanges,
      ...this.#slices.takeChanges(),
    };
    this.#dirty = new Set();
    this.#serviceChanges = 0;
    return dirty;
  }

  #applyService(service: Service): boolean {
    const key = serviceKey(service.namespace, service.name);
    const known = this.#services.get(key);
    if (known && equalButVersion(known, service)) return false;
    this.#services = this.#services.set(key, service);
    return this.#touchService(key);
  }

  #deleteService(key: string): boolean {
    if (!this.#services.has(key)) return false;
    this.#services = this.#services.delete(key);
    return this.#touchService(key);
  }

  #touchService(key: string): true {
    this.#dirty.add(key);
    this.#serviceChanges++;
    return true;
  }
}

/** An update that differs in its version only is none: the old object is kept. */
function equalButVersion<T extends { readonly resourceVersion: string }>(a: T, b: T): boolean {
  return deepEqual({ ...a, resourceVersion: '' }, { ...b, resourceVersion: '' });
}
