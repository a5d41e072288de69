/**
 * Structural sharing of slices: what a new version of a slice has in common with the one before is the same object.
 *
 * A watch delivers a slice whole for one endpoint that changed. Whoever keeps many versions (the history) then pays for
 * what differs.
 */

import { deepEqual, keepParts } from '../lib/deep-equal.ts';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';

/**
 * `slice` with every part that equals one of `known` replaced by that. Where it differs in its version or its trigger
 * time only, it is a re-delivery: `known` itself. Both bear one name, and have one address type.
 */
export function shareSlice(known: EndpointSlice, slice: EndpointSlice): EndpointSlice {
  const endpoints = shareEndpoints(known.endpoints, slice.endpoints);
  const shared: EndpointSlice = keepParts(known, { ...slice, endpoints });
  return isSameContent(known, shared) ? known : shared;
}

function isSameContent(known: EndpointSlice, shared: EndpointSlice): boolean {
  return (
    known.serviceName === shared.serviceName &&
    known.serviceProxyName === shared.serviceProxyName &&
    known.headlessLabel === shared.headlessLabel &&
    known.ports === shared.ports &&
    known.endpoints === shared.endpoints &&
    known.problems === shared.problems
  );
}

/** Endpoints mostly stay at their places: only those that do not are looked up. */
function shareEndpoints(known: readonly SliceEndpoint[], next: readonly SliceEndpoint[]): readonly SliceEndpoint[] {
  let byAddress: ReadonlyMap<string, SliceEndpoint> | undefined;
  const shared = next.map((endpoint, place) => {
    let before = known[place];
    if (before?.address !== endpoint.address) {
      byAddress ??= new Map(known.map((other) => [other.address, other]));
      before = byAddress.get(endpoint.address);
    }
    return before ? shareEndpoint(before, endpoint) : endpoint;
  });
  const isSame = shared.length === known.length && shared.every((endpoint, place) => endpoint === known[place]);
  return isSame ? known : shared;
}

/** Of an endpoint that changed, the texts at least: they are most of its size. */
function shareEndpoint(known: SliceEndpoint, next: SliceEndpoint): SliceEndpoint {
  return deepEqual(known, next) ? known : keepParts(known, next);
}
