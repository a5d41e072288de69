/**
 * Metrics of syncs: svclane's own, and kube-proxy's under their names, so that dashboards go on working.
 *
 * One sync of svclane serves both families, so what kube-proxy counts for each family is the same number for both.
 */

import type { Clock } from '../lib/clock.ts';
import { IP_FAMILIES } from '../model/address.ts';
import type { RoutingTable } from '../model/route.ts';
import type { SyncMessage } from './channels.ts';
import { Histogram } from './histogram.ts';
import { MetricFamily } from './metric-family.ts';

/** 1 ms, doubled 14 times. Source: kube-proxy metric `sync_proxy_rules_duration_seconds`. */
const SYNC_BUCKETS: readonly number[] = Array.from({ length: 15 }, (_, power) => 2 ** power / 1000);

/** Source: kube-proxy metric `network_programming_duration_seconds`. */
const PROGRAMMING_BUCKETS: readonly number[] = [
  ...[0.25, 0.5],
  ...steps(1, 59, 1),
  ...steps(60, 115, 5),
  ...steps(120, 300, 30),
];

const OWN_PROGRAMMING_BUCKETS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const BY_FAMILY = IP_FAMILIES.map((family) => ({ ip_family: family }));

/** Follows syncs. */
export class SyncMetrics {
  readonly #clock: Clock;
  readonly #own = new Histogram({
    name: 'svclane_sync_duration_seconds',
    help: 'How long a sync took, from taking up what changed to listeners that follow.',
    buckets: SYNC_BUCKETS,
  });
  readonly #ownProgramming = new Histogram({
    name: 'svclane_programming_duration_seconds',
    help: 'From a change of endpoints, as its slice dates it, to the table in force.',
    buckets: OWN_PROGRAMMING_BUCKETS,
  });
  readonly #every = familyHistogram('sync_proxy_rules_duration_seconds', 'How long a sync took.', SYNC_BUCKETS);
  readonly #full = familyHistogram(
    'sync_full_proxy_rules_duration_seconds',
    'How long a sync of every Service took.',
    SYNC_BUCKETS,
  );
  readonly #partial = familyHistogram(
    'sync_partial_proxy_rules_duration_seconds',
    'How long a sync of the changed Services took.',
    SYNC_BUCKETS,
  );
  readonly #programming = familyHistogram(
    'network_programming_duration_seconds',
    'From a change of endpoints, as its slice dates it, to the table in force.',
    PROGRAMMING_BUCKETS,
  );
  readonly #lastSync = familyGauge('sync_proxy_rules_last_timestamp_seconds', 'When the last sync was done.');
  readonly #lastQueued = familyGauge(
    'sync_proxy_rules_last_queued_timestamp_seconds',
    'When a sync was last asked for.',
  );
  readonly #endpointChanges = familyCounter('sync_proxy_rules_endpoint_changes_total', 'Changes of EndpointSlices.');
  readonly #serviceChanges = familyCounter('sync_proxy_rules_service_changes_total', 'Changes of Services.');
  readonly #generation = new MetricFamily({
    name: 'svclane_table_generation',
    help: 'The generation of the table in force.',
    type: 'gauge',
  });
  #node: RoutingTable['node'] | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  queued({ atMs }: { readonly atMs: number }): void {
    setAll(this.#lastQueued, atMs / 1000);
  }

  synced({ table, durationMs, serviceChanges, endpointChanges, triggerTimesMs }: SyncMessage): void {
    const nowMs = this.#clock.now();
    const isFull = this.#node !== table.node;
    for (const each of [this.#own, this.#every, isFull ? this.#full : this.#partial]) each.observe(durationMs / 1000);
    for (const triggerMs of triggerTimesMs) {
      const seconds = Math.max(0, nowMs - triggerMs) / 1000;
      this.#ownProgramming.observe(seconds);
      this.#programming.observe(seconds);
    }
    setAll(this.#lastSync, nowMs / 1000);
    for (const family of IP_FAMILIES) {
      this.#serviceChanges.with(family).value += serviceChanges;
      this.#endpointChanges.with(family).value += endpointChanges;
    }
    this.#generation.with().value = table.generation;
    this.#node = table.node;
  }

  render(): string {
    const durations = [this.#own, this.#ownProgramming, this.#every, this.#full, this.#partial, this.#programming];
    const times = [this.#lastSync, this.#lastQueued, this.#endpointChanges, this.#serviceChanges];
    return [...durations, ...times, this.#generation].map((metric) => metric.render()).join('');
  }
}

function familyHistogram(name: string, help: string, buckets: readonly number[]): Histogram {
  return new Histogram({ name: `kubeproxy_${name}`, help, buckets, shownAs: BY_FAMILY });
}

function familyGauge(name: string, help: string): MetricFamily {
  return new MetricFamily({ name: `kubeproxy_${name}`, help, type: 'gauge', labels: ['ip_family'] });
}

function familyCounter(name: string, help: string): MetricFamily {
  return new MetricFamily({ name: `kubeproxy_${name}`, help, type: 'counter', labels: ['ip_family'] });
}

function setAll(metric: MetricFamily, value: number): void {
  for (const family of IP_FAMILIES) metric.with(family).value = value;
}

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}
