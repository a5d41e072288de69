/**
 * Endpoints that are left out by svclane itself or by an operator, for the admin API.
 */

import type { EndpointExclusion } from '../admin/view.ts';
import type { RoutingTable, ServicePort } from '../model/route.ts';
import type { ListenerSet } from '../proxy/listener-set.ts';

/** Those that are ejected, also if suspended for some clients, then those in quarantine. */
export function* endpointExclusions(
  listeners: Pick<ListenerSet, 'ejections' | 'quarantined'>,
  table: RoutingTable,
): IterableIterator<EndpointExclusion> {
  for (const { servicePort, endpoint, cause, failures, times, leftMs, suspendedIn } of listeners.ejections()) {
    const code = suspendedIn.length > 0 ? 'EJECTION_SUSPENDED' : 'EP_EJECTED';
    yield { servicePort, endpoint, code, cause, failures, times, leftMs, suspendedIn };
  }
  for (const [key, endpointKeys] of listeners.quarantined()) {
    const servicePort = findServicePort(table, key);
    for (const endpoint of servicePort?.endpoints ?? []) {
      if (!servicePort || !endpointKeys.has(endpoint.key)) continue;
      yield { servicePort, endpoint, code: 'EP_QUARANTINED', cause: '', failures: 0, times: 0, leftMs: undefined };
    }
  }
}

/** `shop/web:http/TCP/IPv4`: the Service stands before the colon. */
function findServicePort({ services }: RoutingTable, key: string): ServicePort | undefined {
  const service = services.get(key.slice(0, key.indexOf(':')));
  const routed = service?.routes.find(({ servicePort }) => servicePort.key === key)?.servicePort;
  return routed ?? service?.ports.find((servicePort) => servicePort.key === key);
}
