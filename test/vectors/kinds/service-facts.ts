/**
 * Service ports in the words of the vectors.
 */

import type { IpFamily } from '../../../src/model/address.ts';
import { type Service, serviceKey } from '../../../src/model/service.ts';
import { servicePortsOf } from '../../../src/routing/service-ports.ts';
import type { JsonRecord } from '../vector-case.ts';

/** The ports of one Service in one family. */
export function describeServicePorts(service: Service, family: IpFamily): JsonRecord[] {
  return servicePortsOf(service, family, '').map(({ loadBalancerIPs, sourceRanges, family: _, ...facts }) => ({
    namespace: service.namespace,
    service: service.name,
    ...facts,
    loadBalancerVIPs: loadBalancerIPs,
    loadBalancerSourceRanges: sourceRanges.map(({ text }) => text),
  }));
}

/** `namespace/name` → health check node port, of the Services that have one. */
export function healthCheckNodePortsOf(services: Iterable<Service>, family: IpFamily): JsonRecord {
  const ports = [...services].map((service): [string, number] => {
    const [facts] = servicePortsOf(service, family, '');
    return [serviceKey(service.namespace, service.name), facts?.healthCheckNodePort ?? 0];
  });
  return Object.fromEntries(ports.filter(([, port]) => port !== 0));
}
