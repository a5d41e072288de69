/**
 * The first steps of a trace: the Service, its port, its family.
 */

import type { IpFamily } from '../model/address.ts';
import type { Route, ServiceRoutes, UnroutedReason } from '../model/route.ts';
import type { ServicePortSpec } from '../model/service.ts';
import type { Exclusion, ExclusionCode } from './codes.ts';
import type { TraceStep } from './decision.ts';

/** The step of a Service that is not there. */
export function serviceMissingStep(key: string): TraceStep {
  const out: Exclusion = {
    code: 'SVC_NOT_FOUND',
    subject: key,
    pod: '',
    object: `Service ${key}`,
    path: '',
    value: 'nil',
  };
  return { name: 'service', detail: key, in: [], out: [out] };
}

/** The step of a Service, with the reason where it is not routed. */
export function serviceStep({ key, service, unrouted }: ServiceRoutes): TraceStep {
  const addresses = Object.values(service.clusterIPs).join(', ');
  const detail = [key, service.type, addresses].filter((part) => part !== '').join(' ');
  if (!unrouted) return { name: 'service', detail, in: [key], out: [] };
  const [path, value] = unroutedField(unrouted, service);
  return { name: 'service', detail, in: [], out: [serviceExclusion(unrouted, key, service.name, path, value)] };
}

/** The step of a port; `undefined` = the Service has no such port, `asked` is what was asked for. */
export function portStep({ key, service }: ServiceRoutes, spec: ServicePortSpec | undefined, asked: string): TraceStep {
  if (!spec) {
    const known = service.ports.map(({ name, port, protocol }) => `${name}:${port}/${protocol}`);
    const out = serviceExclusion('PORT_UNKNOWN', key, service.name, 'spec.ports', known);
    return { name: 'port', detail: `port ${asked}`, in: [], out: [out] };
  }
  const { index, name, port, protocol, targetPort } = spec;
  const target = targetPort === '' ? '' : ` -> targetPort ${targetPort}`;
  const detail = `port ${name === '' ? '' : `${name} `}${port}/${protocol}${target}`;
  const path = `spec.ports[${index}].protocol`;
  const unsupported = serviceExclusion('PORT_UNSUPPORTED', key, service.name, path, protocol);
  return { name: 'port', detail, in: [`${name}/${protocol}`], out: protocol === 'SCTP' ? [unsupported] : [] };
}

/** The step of the family, with the frontend that the client uses, or whoever has it instead. */
export function familyStep(
  { key, service, conflicts }: ServiceRoutes,
  family: IpFamily | undefined,
  route: Route | undefined,
): TraceStep {
  const families = JSON.stringify(service.ipFamilies);
  if (family === undefined || !service.ipFamilies.includes(family)) {
    const out = serviceExclusion('FAMILY_NONE', key, service.name, 'spec.ipFamilies', service.ipFamilies);
    return { name: 'family', detail: `${family ?? 'any'} of ${families}`, in: [], out: [out] };
  }
  const lost = conflicts.find(({ frontend }) => frontend.key === route?.frontend.key);
  const conflict = lost && serviceExclusion('FRONTEND_CONFLICT', lost.frontend.key, service.name, '', lost.owner);
  const at = route ? ` at ${route.frontend.key} (${route.frontend.kind})` : '';
  return { name: 'family', detail: `${family}${at}`, in: [family], out: conflict ? [conflict] : [] };
}

function unroutedField(
  reason: UnroutedReason,
  service: ServiceRoutes['service'],
): readonly [path: string, value: unknown] {
  if (reason === 'SVC_EXTERNALNAME') return ['spec.type', service.type];
  if (reason === 'SVC_OTHER_PROXY') {
    return ['metadata.labels["service.kubernetes.io/service-proxy-name"]', service.serviceProxyName];
  }
  if (reason === 'SVC_NO_CLUSTER_IP') return ['spec.clusterIP', ''];
  return service.headless ? ['spec.clusterIP', 'None'] : ['metadata.labels["service.kubernetes.io/headless"]', ''];
}

function serviceExclusion(
  code: ExclusionCode,
  subject: string,
  service: string,
  path: string,
  value: unknown,
): Exclusion {
  const text = value === undefined ? 'nil' : JSON.stringify(value);
  return { code, subject, pod: '', object: `Service ${service}`, path, value: text };
}
