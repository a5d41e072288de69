/**
 * What a forward watches: no more than the objects that it needs, so that rights on one namespace, or on single objects, do.
 */

import { type DecodedObject, decodeObject } from '../../model/decode-object.ts';
import type { ApiObject } from '../../model/source.ts';
import type { Decode } from '../../source/kubernetes/known-objects.ts';
import type { ResourceTarget } from '../../source/kubernetes/resources.ts';
import type { FoundTarget } from './find-targets.ts';
import type { LanePlan } from './plan-lanes.ts';
import { podSlice, podSliceName } from './pod-slices.ts';

/** A target with the lanes that lead to it. */
export interface PlannedTarget {
  readonly found: FoundTarget;
  readonly lanes: readonly LanePlan[];
}

/** One watch. `nameOf`: what an object that is gone is called in the routing table. */
export interface ForwardWatch {
  readonly target: ResourceTarget;
  readonly decode: Decode;
  readonly nameOf: (name: string) => string;
}

/** Everything in some namespaces, beside the targets. `namespaces` empty = in all of them. */
export interface WatchedScope {
  readonly namespaces: readonly string[];
  /** Of Services; "" = all. */
  readonly labelSelector: string;
}

/** More Services of one namespace than this are one watch of the namespace. */
const MAX_SINGLE = 4;

/** The watches for some targets, and for a scope where one is wanted whole. */
export function forwardWatches(planned: readonly PlannedTarget[], scope: WatchedScope | undefined): ForwardWatch[] {
  const covered = (namespace: string): boolean =>
    scope !== undefined &&
    scope.labelSelector === '' &&
    (scope.namespaces.length === 0 || scope.namespaces.includes(namespace));
  const services = planned.filter(({ found }) => found.pods === undefined && !covered(found.namespace));
  const byNamespace = Map.groupBy(services, ({ found }) => found.namespace);
  return [
    ...(scope ? scopeWatches(scope) : []),
    ...[...byNamespace].flatMap(([namespace, targets]) =>
      serviceWatches(namespace, [...new Set(targets.map(({ found }) => found.service))]),
    ),
    ...planned.flatMap((target) => (target.found.pods === undefined ? [] : [podWatch(target)])),
  ];
}

function scopeWatches({ namespaces, labelSelector }: WatchedScope): ForwardWatch[] {
  const scopes = namespaces.length === 0 ? [''] : namespaces;
  const selector = labelSelector === '' ? {} : { labelSelector };
  return scopes.flatMap((namespace) => [
    watch('Service', 'services', namespace, selector, () => true),
    watch('EndpointSlice', 'endpointslices', namespace, {}, () => true),
  ]);
}

function serviceWatches(namespace: string, names: readonly string[]): ForwardWatch[] {
  const isWanted = ({ name }: ApiObject): boolean => names.includes(name);
  const services =
    names.length > MAX_SINGLE
      ? [watch('Service', 'services', namespace, {}, isWanted)]
      : names.map((name) =>
          watch('Service', 'services', namespace, { fieldSelector: `metadata.name=${name}` }, isWanted),
        );
  const owner = 'kubernetes.io/service-name';
  const labelSelector = names.length === 1 ? `${owner}=${names[0]}` : `${owner} in (${names.join(',')})`;
  return [...services, watch('EndpointSlice', 'endpointslices', namespace, { labelSelector }, () => true)];
}

function watch(
  kind: 'Service' | 'EndpointSlice',
  resource: 'services' | 'endpointslices',
  namespace: string,
  selector: ResourceTarget['selector'],
  isWanted: (object: ApiObject) => boolean,
): ForwardWatch {
  const group = kind === 'Service' ? '/api/v1' : '/apis/discovery.k8s.io/v1';
  return {
    target: { kind, resource, namespace, path: `${group}${scopeOf(namespace)}/${resource}`, selector },
    decode: (raw) => adopted(decodeObject(raw, kind), isWanted),
    nameOf: (name) => name,
  };
}

/**
 * On a laptop nobody else proxies, and names of headless Services are wanted: labels that leave an object to other proxies
 * are passed over.
 */
function adopted({ object, rejection }: DecodedObject, isWanted: (object: ApiObject) => boolean): DecodedObject {
  const kept = object !== undefined && isWanted(object) ? object : undefined;
  const plain =
    kept === undefined || kept.kind === 'Node' ? kept : { ...kept, serviceProxyName: undefined, headlessLabel: false };
  return { ...(plain && { object: plain }), ...(rejection && { rejection }) };
}

function podWatch({ found, lanes }: PlannedTarget): ForwardWatch {
  const { namespace, service, pods } = found;
  const selector: Record<string, string> = { ...pods };
  return {
    target: {
      kind: 'EndpointSlice',
      resource: 'pods',
      namespace,
      path: `/api/v1${scopeOf(namespace)}/pods`,
      selector,
    },
    decode: (raw) => {
      const object = podSlice(raw, found, lanes);
      return object ? { object } : {};
    },
    nameOf: (name) => podSliceName(service, name),
  };
}

function scopeOf(namespace: string): string {
  return namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}
