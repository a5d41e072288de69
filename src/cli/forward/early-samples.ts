/**
 * Pods to try the way to, while everything else is being made ready.
 */

import { formatHostPort } from '../../model/address.ts';
import { decodeEndpointSlice } from '../../model/decode-endpoint-slice.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import { listObjects, type ObjectRequester } from './cluster-objects.ts';
import type { EarlyLists } from './early-lists.ts';
import type { Target } from './target-notation.ts';

const ENDPOINT_SLICES = { group: '/apis/discovery.k8s.io/v1', resource: 'endpointslices' };

/** Ready endpoints of the first Service among the targets, as its slices have them. Never rejects: none is no fault. */
export async function earlySamples(
  auth: ObjectRequester,
  early: EarlyLists,
  targets: readonly Target[],
  defaultNamespace: string,
): Promise<readonly Endpoint[]> {
  const target = targets.find(({ kind }) => kind === 'svc');
  if (target === undefined) return [];
  const selector = `kubernetes.io/service-name=${target.name}`;
  const namespace = target.namespace ?? defaultNamespace;
  const asked = early.objects('EndpointSlice', namespace, target.name);
  const slices = await (asked ?? listObjects(auth, ENDPOINT_SLICES, namespace, selector)).catch(() => []);
  return slices.flatMap(endpointsOf);
}

function endpointsOf(raw: unknown): readonly Endpoint[] {
  const { object: slice } = decodeEndpointSlice(raw);
  const port = slice?.ports.find(({ protocol }) => protocol === 'TCP')?.port;
  if (slice === undefined || port === undefined) return [];
  return slice.endpoints
    .filter(({ ready }) => ready)
    .map((endpoint) => ({
      ...endpoint,
      key: formatHostPort(endpoint.address, port),
      port,
      isLocal: false,
      namespace: slice.namespace,
      sliceName: slice.name,
      sliceIndex: endpoint.index,
    }));
}
