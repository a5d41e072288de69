/**
 * The books of healthCheckNodePort: which ports are wanted, and what each answers. Pure; sockets are elsewhere.
 *
 *   services: "ns/name" → port     unchanged keeps its count · new, or another port: count 0 until the next counts
 *   counts:   "ns/name" → ready local endpoints     all at once; who is missing has 0; unknown Services are dropped
 *
 * Source: Service.spec.healthCheckNodePort, for type LoadBalancer with externalTrafficPolicy Local.
 */

import { familyOf } from '../model/address.ts';
import { serviceKey } from '../model/service.ts';

/** What a health check gets: the body has tabs and no newline at its end, byte for byte as kube-proxy's. */
export interface ServiceHealthAnswer {
  readonly status: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Entry {
  readonly service: string;
  readonly port: number;
  localEndpoints: number;
}

/** Wanted ports and their counts. Two Services with one port: the smaller key has it. */
export class ServiceHealthBook {
  readonly #entries = new Map<string, Entry>();
  #byPort = new Map<number, Entry>();

  /** The whole of what is wanted: `namespace/name` → port; 0 = none. */
  setServices(ports: ReadonlyMap<string, number>): void {
    for (const [service, { port }] of this.#entries) if (ports.get(service) !== port) this.#entries.delete(service);
    for (const [service, port] of ports) {
      if (port !== 0 && !this.#entries.has(service)) this.#entries.set(service, { service, port, localEndpoints: 0 });
    }
    const sorted = [...this.#entries.values()].sort((a, b) => (a.service < b.service ? 1 : -1));
    this.#byPort = new Map(sorted.map((entry) => [entry.port, entry]));
  }

  /** The whole of the counts: `namespace/name` → number of ready local endpoint addresses. */
  setCounts(counts: ReadonlyMap<string, number>): void {
    for (const entry of this.#entries.values()) entry.localEndpoints = counts.get(entry.service) ?? 0;
  }

  /** The ports to listen at, ascending. */
  get ports(): readonly number[] {
    return [...this.#byPort.keys()].sort((a, b) => a - b);
  }

  /** The Service that answers at a port; `undefined` = none. */
  serviceAt(port: number): string | undefined {
    return this.#byPort.get(port)?.service;
  }

  /** The answer at a port, whatever path or method; `undefined` where nobody wants the port. */
  answer(port: number, proxyHealthy: boolean): ServiceHealthAnswer | undefined {
    const entry = this.#byPort.get(port);
    if (!entry) return undefined;
    const { localEndpoints, service } = entry;
    const slash = service.indexOf('/');
    const json = {
      service: { namespace: service.slice(0, slash), name: service.slice(slash + 1) },
      localEndpoints,
      serviceProxyHealthy: proxyHealthy,
    };
    return {
      status: localEndpoints > 0 && proxyHealthy ? 200 : 503,
      headers: {
        'Content-Type': 'application/json',
        'X-Content-Type-Options': 'nosniff',
        'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
      },
      body: JSON.stringify(json, null, '\t'),
    };
  }
}

/** What `ServiceHealthBook` and `createServiceHealth` are told of one Service. */
export interface ServiceHealthInput {
  readonly namespace: string;
  readonly name: string;
  /** 0 = none. */
  readonly healthCheckNodePort: number;
  /** Distinct addresses of ready local endpoints, of both families. */
  readonly localReadyIPs: readonly string[];
}

/** The two maps from Services. A dual-stack pod has two addresses: the greater of the families' counts is the weight. */
export function serviceHealthMaps(inputs: Iterable<ServiceHealthInput>): {
  readonly services: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
} {
  const services = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { namespace, name, healthCheckNodePort, localReadyIPs } of inputs) {
    if (healthCheckNodePort === 0) continue;
    const key = serviceKey(namespace, name);
    const ipv4 = localReadyIPs.filter((address) => familyOf(address) === 'IPv4').length;
    services.set(key, healthCheckNodePort);
    counts.set(key, Math.max(ipv4, localReadyIPs.length - ipv4));
  }
  return { services, counts };
}
