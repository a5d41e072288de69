/**
 * What is watched: paths and selectors of each kind.
 */

import type { WatchedKind } from '../../model/source.ts';

/** One kind in one scope: what a reflector lists and watches. */
export interface ResourceTarget {
  readonly kind: WatchedKind;
  /** The resource's name in RBAC: `services`. */
  readonly resource: string;
  /** "" = all namespaces, or a kind that has none. */
  readonly namespace: string;
  readonly path: string;
  readonly selector: Readonly<Record<string, string>>;
}

export interface TargetOptions {
  /** Empty = all. */
  readonly namespaces: readonly string[];
  /** "" = no Node is watched. */
  readonly nodeName: string;
  /** "" = Services without the label `service.kubernetes.io/service-proxy-name`. */
  readonly serviceProxyName: string;
  /** Slices of headless Services too: who resolves names wants them. Default: no. */
  readonly keepHeadless?: boolean;
}

const GROUPS = { services: '/api/v1', endpointslices: '/apis/discovery.k8s.io/v1', nodes: '/api/v1' } as const;

/** Services, then slices, each in every scope, then the own Node. */
export function resourceTargets(options: TargetOptions): ResourceTarget[] {
  const { namespaces, nodeName, serviceProxyName, keepHeadless = false } = options;
  const scopes = namespaces.length === 0 ? [''] : [...new Set(namespaces)];
  const selector = { labelSelector: labelSelector(serviceProxyName, keepHeadless) };
  const own = { fieldSelector: `metadata.name=${nodeName}` };
  return [
    ...scopes.map((namespace) => resourceTarget('Service', 'services', namespace, selector)),
    ...scopes.map((namespace) => resourceTarget('EndpointSlice', 'endpointslices', namespace, selector)),
    ...(nodeName === '' ? [] : [resourceTarget('Node', 'nodes', '', own)]),
  ];
}

/** A kind in a namespace, "" = in all of them. */
export function resourceTarget(
  kind: WatchedKind,
  resource: keyof typeof GROUPS,
  namespace: string,
  selector: Readonly<Record<string, string>>,
): ResourceTarget {
  return { kind, resource, namespace, path: `${GROUPS[resource]}${scopePath(namespace)}/${resource}`, selector };
}

/** What of a path says which namespace; "" = all of them. */
export function scopePath(namespace: string): string {
  return namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}

/**
 * The objects that kube-proxy handles. The slice controller mirrors a Service's labels onto its slices.
 *
 * Source: labels `service.kubernetes.io/headless` and `service.kubernetes.io/service-proxy-name`; presence counts, not
 * the value.
 */
function labelSelector(serviceProxyName: string, keepHeadless: boolean): string {
  const proxy = 'service.kubernetes.io/service-proxy-name';
  const own = serviceProxyName === '' ? `!${proxy}` : `${proxy}=${serviceProxyName}`;
  return keepHeadless ? own : `!service.kubernetes.io/headless,${own}`;
}
