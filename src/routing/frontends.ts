/**
 * Frontends: the addresses at which a Service port is reached on this machine.
 */

import { familyOf, formatHostPort, type Protocol } from '../model/address.ts';
import type { Frontend, FrontendKind, LaneTarget, NodeContext, ServicePort } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import type { ServicePortFacts } from './service-ports.ts';

/** `10.96.0.10:53/UDP`: the key of a frontend. */
export function frontendKey(address: string, port: number, protocol: Protocol): string {
  return `${formatHostPort(address, port)}/${protocol}`;
}

/**
 * The frontends of a Service port that this node wants. Where one address comes twice the first counts: a load-balancer
 * IP before the same external IP, for its source ranges guard the address.
 *
 * Source: Service `spec.clusterIPs`, `spec.externalIPs`, `status.loadBalancer`, `spec.ports[].nodePort`.
 */
export function frontendsOf(facts: ServicePortFacts, node: NodeContext): readonly Frontend[] {
  const { frontends: wanted } = node;
  const { port, nodePort, protocol, family } = facts;
  const at = (kind: FrontendKind, address: string, number = port): Frontend => {
    return { key: frontendKey(address, number, protocol), kind, address, port: number, protocol, family };
  };
  const found: Frontend[] = wanted.clusterIP ? [at('clusterIP', facts.clusterIP)] : [];
  if (wanted.loadBalancerIPs) found.push(...facts.loadBalancerIPs.map((ip) => at('loadBalancerIP', ip)));
  if (wanted.externalIPs) found.push(...facts.externalIPs.map((ip) => at('externalIP', ip)));
  if (wanted.nodePorts && nodePort !== 0) {
    const addresses = node.nodePortIPs.filter((ip) => familyOf(ip) === family);
    found.push(...addresses.map((ip) => at('nodePort', ip, nodePort)));
  }
  return found;
}

/** The frontend of a lane. A lane at any free port has its target in the key: several may be at port 0. */
export function laneFrontend(lane: LaneTarget): Frontend {
  const { address, localPort: port, protocol } = lane;
  const key = frontendKey(address, port, protocol);
  const target = port === 0 ? `#${serviceKey(lane.namespace, lane.service)}:${lane.port}` : '';
  return { key: `${key}${target}`, kind: 'local', address, port, protocol, family: familyOf(address) };
}

/** Whether a frontend of this kind is under the external traffic policy. */
export function isExternalKind(kind: FrontendKind): boolean {
  return kind === 'nodePort' || kind === 'externalIP' || kind === 'loadBalancerIP';
}

/** Whether some client of a frontend has an eligible endpoint. SCTP never: there is no socket for it. */
export function wantsListener(kind: FrontendKind, servicePort: ServicePort): boolean {
  if (servicePort.protocol === 'SCTP') return false;
  const cluster = servicePort.clusterEndpoints ?? [];
  const local = servicePort.localEndpoints ?? [];
  if (kind === 'clusterIP') return (servicePort.internalPolicyLocal ? local : cluster).length > 0;
  return cluster.length > 0 || (isExternalKind(kind) && servicePort.externalPolicyLocal && local.length > 0);
}
