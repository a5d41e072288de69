/**
 * Checks of one Service: that it is there and ours, that each port has endpoints, and that these answer.
 */

import { nearest } from '../../config/nearest.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { RoutingTable, ServiceRoutes } from '../../model/route.ts';
import type { Transport } from '../../model/transport.ts';
import { EXCLUSION_CODES } from '../../routing/codes.ts';
import { decide } from '../../routing/decide.ts';
import type { Decision } from '../../routing/decision.ts';
import { isRoutable } from '../../routing/remedies.ts';
import type { Finding } from './finding.ts';

/** The Service that is asked for. `port` is a name or a number; `undefined` = every port. */
export interface AskedService {
  readonly namespace: string;
  readonly service: string;
  readonly port: string | undefined;
}

/** One port of it, and what a pod that is its client gets. */
export interface CheckedPort {
  /** As it is asked for: `grpc`, `53/udp`. */
  readonly name: string;
  readonly decision: Decision;
}

/** The Service itself. */
export function checkService(table: RoutingTable, { namespace, service }: AskedService): Finding {
  const check = 'service';
  const routes = table.services.get(`${namespace}/${service}`);
  if (!routes) {
    const message = `there is no Service "${service}" in namespace "${namespace}"`;
    return { check, state: 'fail', message, next: nearestTo(table, namespace, service) };
  }
  const next = `svclane explain svc/${service} -n ${namespace}`;
  if (routes.unrouted) {
    return { check, state: 'warn', message: `Service is not routed: ${EXCLUSION_CODES[routes.unrouted]}`, next };
  }
  const [conflict] = routes.conflicts;
  if (conflict) {
    const message = `${conflict.frontend.key} belongs to Service ${conflict.owner}, which is older`;
    return {
      check,
      state: 'warn',
      message,
      next: `svclane explain --to ${conflict.frontend.key}`,
    };
  }
  const addresses = Object.values(routes.service.clusterIPs).join(', ');
  return { check, state: 'ok', message: `Service exists, ${routes.service.type} ${addresses}`, next: '' };
}

/** What was meant, as far as can be seen. */
function nearestTo(table: RoutingTable, namespace: string, service: string): string {
  const names: string[] = [];
  for (const { service: known } of table.services.values()) if (known.namespace === namespace) names.push(known.name);
  const near = nearest(service, names.sort());
  return near === undefined ? `kubectl get services -n ${namespace}` : `did you mean svc/${near}?`;
}

/** What a client of each port that is asked for gets. */
export function decidePorts(table: RoutingTable, { namespace, service, port }: AskedService): readonly CheckedPort[] {
  const routes = table.services.get(`${namespace}/${service}`);
  return portsOf(routes, port).map(({ name, port: number, protocol }) => {
    const label = protocol === 'TCP' ? name || String(number) : `${name || number}/${protocol.toLowerCase()}`;
    const query = { namespace, service, port: name || number, protocol };
    return { name: label, decision: decide(table, query) };
  });
}

function portsOf(routes: ServiceRoutes | undefined, asked: string | undefined): ServiceRoutes['service']['ports'] {
  const [wanted = '', protocol] = (asked ?? '').split(/[/@]/);
  const ports = routes?.service.ports ?? [];
  return ports.filter((port) => {
    if (protocol !== undefined && port.protocol !== protocol.toUpperCase()) return false;
    return wanted === '' || port.name === wanted || String(port.port) === wanted;
  });
}

/** Whether each port has endpoints that a client gets. */
export function checkPortEndpoints(ports: readonly CheckedPort[], asked: AskedService): readonly Finding[] {
  const { namespace, service, port } = asked;
  const check = 'endpoints';
  if (ports.length === 0) {
    const message = port === undefined ? 'the Service has no port' : `the Service has no port "${port}"`;
    return [{ check, state: 'fail', message, next: `kubectl get service ${service} -n ${namespace} -o yaml` }];
  }
  return ports.map(({ name, decision }): Finding => {
    const total = decision.route?.servicePort.endpoints.length ?? 0;
    const message = `port "${name}": ${decision.endpoints.length} of ${total} endpoints usable`;
    if (isRoutable(decision)) return { check, state: 'ok', message, next: '' };
    return { check, state: 'fail', message, next: `see: svclane explain svc/${service}:${name} -n ${namespace}` };
  });
}

/** A dial of one endpoint. `errno` "" = it accepted. */
export interface ProbeFact {
  readonly endpoint: Endpoint;
  readonly port: string;
  /** Clients get it. */
  readonly isUsed: boolean;
  readonly via: Transport['name'];
  readonly errno: string;
  readonly elapsedMs: number;
}

/** How the endpoints answered. Where none can be reached at all, pods are probably not routable from here. */
export function checkProbes(probes: readonly ProbeFact[], { namespace, service }: AskedService): readonly Finding[] {
  const check = 'probe';
  if (probes.length === 0) return [{ check, state: 'skip', message: 'probe: no TCP endpoint', next: '' }];
  if (probes.every(isUnreachable)) {
    const message = `probe: none of ${probes.length} endpoints can be reached from this machine`;
    return [{ check, state: 'warn', message, next: `svclane probe svc/${service} -n ${namespace}` }];
  }
  return probes.map(({ endpoint, port, isUsed, via, errno, elapsedMs }): Finding => {
    const way = via === 'direct' ? '' : ` via ${via}`;
    const who = `probe ${endpoint.key}${endpoint.podName === '' ? '' : ` (${endpoint.podName})`}${way}`;
    if (errno === '') {
      const aside = isUsed ? '' : ' (clients do not get it, yet it is alive)';
      return { check, state: 'ok', message: `${who} ${elapsedMs.toFixed(0)}ms, TCP accepted${aside}`, next: '' };
    }
    const state = isUsed ? 'fail' : 'warn';
    return { check, state, message: `${who} ${errno} for port "${port}"`, next: nextFor(endpoint, namespace) };
  });
}

/** Whether it failed for want of a way to the pod, whatever the pod would say. */
export function isUnreachable({ errno }: Pick<ProbeFact, 'errno'>): boolean {
  return UNREACHABLE.has(errno);
}

const UNREACHABLE: ReadonlySet<string> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

function nextFor({ podName, address }: Endpoint, namespace: string): string {
  return podName === '' ? `is something listening at ${address}?` : `kubectl logs ${podName} -n ${namespace}`;
}
