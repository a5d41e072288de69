/**
 * Finding targets in the cluster: what they are called in the routing table, and which ports they have.
 */

import { nearest } from '../../config/nearest.ts';
import { SvclaneError } from '../../errors.ts';
import { decodeService } from '../../model/decode-service.ts';
import type { Service } from '../../model/service.ts';
import { fieldOf } from '../../source/kubernetes/json-value.ts';
import { getObject, namesOf, type ObjectRequester, type ResourcePath } from './cluster-objects.ts';
import type { EarlyLists } from './early-lists.ts';
import { selectorText } from './label-selector.ts';
import { type Target, type TargetKind, targetText } from './target-notation.ts';
import { containerPorts } from './workload-ports.ts';

/** A port that a target has. `name` "" = none. */
export interface KnownPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The pods of a target that is no Service: those of a selector, or one by its name. */
export type PodSelection =
  | { readonly labelSelector: string; readonly fieldSelector?: never }
  | { readonly fieldSelector: string; readonly labelSelector?: never };

/** A target that is there. */
export interface FoundTarget {
  readonly target: Target;
  readonly namespace: string;
  /** Its Service in the routing table; for what is none, one that is made of its pods: `deploy.web`, which no Service can be called. */
  readonly service: string;
  /** For people: `shop/web`, `shop/deploy/web`. */
  readonly label: string;
  readonly ports: readonly KnownPort[];
  /** `undefined` = it is a Service. */
  readonly pods: PodSelection | undefined;
}

const PATHS: Readonly<Record<TargetKind, ResourcePath>> = {
  svc: { group: '/api/v1', resource: 'services' },
  po: { group: '/api/v1', resource: 'pods' },
  deploy: { group: '/apis/apps/v1', resource: 'deployments' },
  sts: { group: '/apis/apps/v1', resource: 'statefulsets' },
  ds: { group: '/apis/apps/v1', resource: 'daemonsets' },
  rs: { group: '/apis/apps/v1', resource: 'replicasets' },
};

/** Where the objects of a kind of target are. */
export function pathOf(kind: TargetKind): ResourcePath {
  return PATHS[kind];
}

/** Looks a target up. Throws `SVL_NOT_FOUND` with the nearest name, and what the API server refuses. */
export async function findTarget(
  auth: ObjectRequester,
  early: EarlyLists,
  target: Target,
  defaultNamespace: string,
): Promise<FoundTarget> {
  const namespace = target.namespace ?? defaultNamespace;
  const services = target.kind === 'svc' ? await early.objects('Service', namespace, target.name) : undefined;
  const object = services ? services[0] : await getObject(auth, PATHS[target.kind], namespace, target.name);
  if (object === undefined) throw await missing(auth, target, namespace);
  if (target.kind === 'svc') return foundService(target, object, namespace);
  const found = {
    target,
    namespace,
    service: `${target.kind}.${target.name}`,
    label: `${namespace}/${targetText(target)}`,
  };
  const spec = fieldOf(object, 'spec');
  if (target.kind === 'po') {
    return { ...found, ports: containerPorts(spec), pods: { fieldSelector: `metadata.name=${target.name}` } };
  }
  const labelSelector = selectorText(fieldOf(spec, 'selector'));
  if (labelSelector === undefined) throw notFound(`${found.label} selects no pods`, 'kubectl get it with -o yaml');
  return { ...found, ports: containerPorts(fieldOf(fieldOf(spec, 'template'), 'spec')), pods: { labelSelector } };
}

/** A Service as a target; one that the API has, decoded. Throws `SVL_NOT_FOUND` for an ExternalName. */
export function serviceTarget(service: Service, target: Target): FoundTarget {
  const { namespace, name } = service;
  if (service.type === 'ExternalName') {
    const hint = `connect to ${service.externalName} itself; --dns answers its name with a CNAME`;
    throw notFound(`${namespace}/${name} is an ExternalName Service: it has no pods`, hint);
  }
  const ports = service.ports.flatMap(({ name: portName, port, protocol }) =>
    protocol === 'SCTP' ? [] : [{ name: portName, number: port, protocol }],
  );
  return { target, namespace, service: name, label: `${namespace}/${name}`, ports, pods: undefined };
}

function foundService(target: Target, object: unknown, namespace: string): FoundTarget {
  const { object: service } = decodeService(object);
  if (!service) throw notFound(`the Service ${namespace}/${target.name} cannot be used`, 'svclane doctor says more');
  return serviceTarget(service, target);
}

async function missing(auth: ObjectRequester, target: Target, namespace: string): Promise<SvclaneError> {
  const names = await namesOf(auth, PATHS[target.kind], namespace);
  const meant = nearest(target.name, names);
  const prefix = target.kind === 'svc' ? 'svc' : target.kind;
  const there = names.slice(0, 10).join(', ');
  const hint =
    meant === undefined
      ? `there ${names.length === 0 ? 'is none, or they cannot be listed' : `is ${there}`}: is it in another namespace (-n)?`
      : `did you mean ${prefix}/${meant}?`;
  return notFound(`there is no ${prefix}/${target.name} in namespace ${namespace}`, hint);
}

function notFound(message: string, hint: string): SvclaneError {
  return new SvclaneError('SVL_NOT_FOUND', message, { hint });
}
