/**
 * The EndpointSlices of the cluster state, by the Service that owns them, with the times of their changes.
 */

import { emptyMap, type PersistentMap } from '../lib/persistent-map.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import { serviceKey } from '../model/service.ts';
import { isOurs } from './service-selection.ts';
import { shareSlice } from './share-slice.ts';

export interface SliceIndexOptions {
  readonly serviceProxyName: string;
  readonly startedAtMs: number;
  readonly keepHeadless: boolean;
  /** Told the key of each Service whose slices changed. */
  readonly touched: (serviceKey: string) => void;
}

/** What changed since the last time; see `Dirty`. */
interface SliceChanges {
  readonly endpointChanges: number;
  readonly triggerTimes: ReadonlyMap<string, readonly number[]>;
}

interface SliceIndex {
  /** Sorted by name. A Service without slices is absent. */
  readonly byService: PersistentMap<readonly EndpointSlice[]>;
  apply(slice: EndpointSlice): boolean;
  delete(namespace: string, name: string): boolean;
  /** Changes that wait for `takeChanges`. */
  readonly pendingChanges: number;
  takeChanges(): SliceChanges;
}

/** Makes an empty index. */
export function createSliceIndex(options: SliceIndexOptions): SliceIndex {
  return new Index(options);
}

class Index implements SliceIndex {
  readonly #options: SliceIndexOptions;
  /** `namespace/name` → the slice of each address type: the type cannot change, so another type is another slice. */
  readonly #slices = new Map<string, readonly EndpointSlice[]>();
  #changes = 0;
  #triggerTimes = new Map<string, number[]>();
  byService: PersistentMap<readonly EndpointSlice[]> = emptyMap();

  constructor(options: SliceIndexOptions) {
    this.#options = options;
  }

  apply(told: EndpointSlice): boolean {
    if (told.addressType === 'FQDN') return false;
    const key = serviceKey(told.namespace, told.name);
    const slices = this.#slices.get(key) ?? [];
    const known = slices.find((other) => other.addressType === told.addressType);
    if (!this.#isRouted(told)) return known !== undefined && this.delete(told.namespace, told.name);
    const slice = known ? shareSlice(known, told) : told;
    if (slice === known) return false;
    this.#slices.set(key, [...slices.filter((other) => other !== known), slice]);
    this.#changes++;
    if (known && known.serviceName !== slice.serviceName) this.#replace(known, undefined);
    this.#replace(known?.serviceName === slice.serviceName ? known : undefined, slice);
    this.#noteTriggerTime(slice);
    return true;
  }

  delete(namespace: string, name: string): boolean {
    const key = serviceKey(namespace, name);
    const slices = this.#slices.get(key);
    if (!slices) return false;
    this.#slices.delete(key);
    this.#changes++;
    for (const slice of slices) {
      this.#replace(slice, undefined);
      this.#triggerTimes.delete(ownerOf(slice));
    }
    return true;
  }

  get pendingChanges(): number {
    return this.#changes;
  }

  takeChanges(): SliceChanges {
    const changes = { endpointChanges: this.#changes, triggerTimes: this.#triggerTimes };
    this.#changes = 0;
    this.#triggerTimes = new Map();
    return changes;
  }

  /** Source: EndpointSlice label `kubernetes.io/service-name`: without it a slice belongs to no Service. */
  #isRouted(slice: EndpointSlice): boolean {
    if (slice.serviceName === '' || !isOurs(slice, this.#options.serviceProxyName)) return false;
    return this.#options.keepHeadless || !slice.headlessLabel;
  }

  /** Takes `before` out of its owner's slices and puts `after` in. */
  #replace(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
    const slice = after ?? before;
    if (!slice) return;
    const owner = ownerOf(slice);
    const others = (this.byService.get(owner) ?? []).filter((other) => other !== before);
    const slices = after ? [...others, after].toSorted(byNameAndType) : others;
    this.byService = slices.length > 0 ? this.byService.set(owner, slices) : this.byService.delete(owner);
    this.#options.touched(owner);
  }

  /** Source: SIG Scalability, network programming latency: times from before the start are not ours to answer for. */
  #noteTriggerTime(slice: EndpointSlice): void {
    const time = slice.triggerTimeMs;
    if (time === undefined || time <= this.#options.startedAtMs) return;
    const owner = ownerOf(slice);
    const times = this.#triggerTimes.get(owner);
    if (times) times.push(time);
    else this.#triggerTimes.set(owner, [time]);
  }
}

function ownerOf(slice: EndpointSlice): string {
  return serviceKey(slice.namespace, slice.serviceName);
}

function byNameAndType(a: EndpointSlice, b: EndpointSlice): number {
  return compare(a.name, b.name) || compare(a.addressType, b.addressType);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
