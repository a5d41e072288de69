/**
 * Metrics of the table in force: its endpoints, and Service ports that a Local policy leaves without any.
 *
 * They are counted when they are scraped, in steps, and again only for another table.
 */

import { IP_FAMILIES } from '../model/address.ts';
import type { RoutingTable, ServicePort } from '../model/route.ts';
import { countNoLocalEndpoints } from '../routing/no-local-endpoints.ts';
import { MetricFamily } from './metric-family.ts';

/** Some tens of microseconds where each has ten endpoints. */
const SERVICES_PER_STEP = 100;

/** What a Service adds, by the names of the labels. */
interface Counts {
  readonly endpoints: { ready: number; terminating: number; 'not-ready': number };
  readonly noLocal: Record<ServicePort['family'], { internal: number; external: number }>;
}

/** Counts over the table that `pieces` is given. */
export class TableMetrics {
  readonly #endpoints = new MetricFamily({
    name: 'svclane_endpoints',
    help: 'Endpoints of all Service ports, by state.',
    type: 'gauge',
    labels: ['state'],
  });
  readonly #noLocal = new MetricFamily({
    name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
    help: 'Service ports with a Local policy and endpoints, none of which is local.',
    type: 'gauge',
    labels: ['ip_family', 'traffic_policy'],
  });
  #counted: RoutingTable | undefined;

  *pieces(table: RoutingTable): Generator<string> {
    if (table !== this.#counted) yield* this.#count(table);
    yield this.#endpoints.render() + this.#noLocal.render();
  }

  /** Yields nothing, again and again, for others to go on. */
  *#count(table: RoutingTable): Generator<string> {
    const counts = noCounts();
    let services = 0;
    for (const { ports } of table.services.values()) {
      for (const port of ports) countPort(counts, port);
      services += 1;
      if (services % SERVICES_PER_STEP === 0) yield '';
    }
    this.#publish(counts);
    this.#counted = table;
  }

  #publish({ endpoints, noLocal }: Counts): void {
    for (const [state, count] of Object.entries(endpoints)) this.#endpoints.with(state).value = count;
    for (const family of IP_FAMILIES) {
      this.#noLocal.with(family, 'internal').value = noLocal[family].internal;
      this.#noLocal.with(family, 'external').value = noLocal[family].external;
    }
  }
}

function noCounts(): Counts {
  return {
    endpoints: { ready: 0, terminating: 0, 'not-ready': 0 },
    noLocal: { IPv4: { internal: 0, external: 0 }, IPv6: { internal: 0, external: 0 } },
  };
}

function countPort({ endpoints: counts, noLocal }: Counts, port: ServicePort): void {
  for (const { ready, serving, terminating } of port.endpoints) {
    if (ready) counts.ready += 1;
    else if (serving && terminating) counts.terminating += 1;
    else counts['not-ready'] += 1;
  }
  const { internal, external } = countNoLocalEndpoints([port]);
  noLocal[port.family].internal += internal;
  noLocal[port.family].external += external;
}
