/**
 * What a forward watches: no more than the objects that it needs, so that rights on one namespace, or on single objects, do.
 */

import { scopePath } from '../../source/kubernetes/resources.ts';
import type { ChosenServices } from './chosen-services.ts';
import type { FoundTarget } from './find-targets.ts';
import type { LanePlan } from './plan-lanes.ts';
import { podSlice, podSliceName } from './pod-slices.ts';
import { type ForwardWatch, serviceWatches, watchOf } from './service-watches.ts';

/** A target with the lanes that lead to it. */
export interface PlannedTarget {
  readonly found: FoundTarget;
  readonly lanes: readonly LanePlan[];
  /** Chosen, not named: it takes its lanes with it when it goes. */
  readonly isChosen?: boolean;
}

/** Everything in some namespaces, beside the targets. `namespaces` empty = in all of them. */
export interface WatchedScope {
  readonly namespaces: readonly string[];
  /** Of Services; "" = all. */
  readonly labelSelector: string;
  /** Of these Services, the ones that get lanes. */
  readonly chosen?: { readonly labelSelector: string; readonly services: ChosenServices } | undefined;
}

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
    watchOf('Service', 'services', namespace, selector === '' ? {} : { labelSelector: selector }, () => true);
  const areAll = chosen?.labelSelector === labelSelector;
  return scopes.flatMap((namespace) => [
    { ...services(namespace, labelSelector), ...(chosen && areAll && { chosen: chosen.services }) },
    ...(chosen && !areAll
      ? [{ ...services(namespace, chosen.labelSelector), chosen: chosen.services, isBeside: true }]
      : []),
    watchOf('EndpointSlice', 'endpointslices', namespace, {}, () => true),
  ]);
}

function podWatch({ found, lanes }: PlannedTarget): ForwardWatch {
  const { namespace, service, pods } = found;
  const selector: Record<string, string> = { ...pods };
  return {
    target: {
      kind: 'EndpointSlice',
      resource: 'pods',
      namespace,
      path: `/api/v1${scopePath(namespace)}/pods`,
      selector,
    },
    decode: (raw) => {
      const object = podSlice(raw, found, lanes);
      return object ? { object } : {};
    },
    nameOf: (name) => podSliceName(service, name),
  };
}
