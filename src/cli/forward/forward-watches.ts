/**
 * What a forward watches: no more than the objects that it needs, so that rights on one namespace, or on single objects, do.
 */

import { type DecodedObject, decodeObject } from '../../model/decode-object.ts';
import type { ApiObject } from '../../model/source.ts';
import type { Decode } from '../../source/kubernetes/known-objects.ts';
import type { ResourceTarget } from '../../source/kubernetes/resources.ts';
import type { ChosenServices } from './chosen-services.ts';
import type { FoundTarget } from './find-targets.ts';
import type { LanePlan } from './plan-lanes.ts';
import { podSlice, podSliceName } from './pod-slices.ts';

/** A target with the lanes that lead to it. */
export interface PlannedTarget {
  readonly found: FoundTarget;
  readonly lanes: readonly LanePlan[];
  /** Chosen, not named: it takes its lanes with it when it goes. */
  readonly isChosen?: boolean;
}

/** One watch. `nameOf`: what an object that is gone is called in the routing table. */
export interface ForwardWatch {
  readonly target: ResourceTarget;
  readonly decode: Decode;
  readonly nameOf: (name: string) => string;
  /** Hears which Services there are. */
  readonly chosen?: ChosenServices;
  /** Another watch has the same objects: what this one says is for `chosen` alone. */
  readonly isBeside?: boolean;
}

/** Everything in some namespaces, beside the targets. `namespaces` empty = in all of them. */
export interface WatchedScope {
  readonly namespaces: readonly string[];
  /** Of Services; "" = all. */
  readonly labelSelector: string;
  /** Of these Services, the ones that get lanes. */
  readonly chosen?: { readonly labelSelector: string; readonly services: ChosenServices } | undefined;
}

/** More Services of one namespace than this are one watch of the namespace. */
const MAX_SINGLE = 4;

/** The watches for some targets, and for a scope where one is wanted whole. */
export function forwardWatches(planned: readonly PlannedTarget[], scope: WatchedScope | undefined): ForwardWatch[] {
  const covered = (namespace: string): boolean =>
    scope !== undefined &&
    scope.labelSelector === '' &&
    (scope.namespaces.length === 0 || scope.namespaces.includes(namespace));
  const services = planned.filter(
    ({ found, isChosen }) => found.pods === undefined && !isChosen && !covered(found.namespace),
  );
  const byNamespace = Map.groupBy(services, ({ found }) => found.namespace);
  return [
    ...(scope ? scopeWatches(scope) : []),
    ...[...byNamespace].flatMap(([namespace, targets]) =>
      serviceWatches(namespace, [...new Set(targets.map(({ found }) => found.service))]),
    ),
    ...planned.flatMap((target) => (target.found.pods === undefined ? [] : [podWatch(target)])),
  ];
}

function scopeWatches({ namespaces, labelSelector, chosen }: WatchedScope): ForwardWatch[] {
  const scopes = namespaces.length === 0 ? [''] : namespaces;
  const services = (namespace: string, selector: string): ForwardWatch =>
    watch('Service', 'services', namespace, selector === '' ? {} : { labelSelector: selector }, () => true);
  const areAll = chosen?.labelSelector === labelSelector;
  return scopes.flatMap((namespace) => [
    { ...services(namespace, labelSelector), ...(chosen && areAll && { chosen: chosen.services }) },
    ...(chosen && !areAll
      ? [{ ...services(namespace, chosen.labelSelector), chosen: chosen.services, isBeside: true }]
      : []),
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
