/**
 * Selection: from a route and a client to the endpoint of a flow, or to the reason why there is none.
 *
 *   eligible ──not tried, not in quarantine, not ejected──▶ picked
 *       └──where nobody is left: not tried, not in quarantine──▶ picked: an ejected endpoint is the last resort
 */

import type { Pick } from '../balancing/picker.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { PickReason } from '../model/flow.ts';
import type { Route } from '../model/route.ts';
import { decideRoute } from '../routing/decide-route.ts';
import type { ProxyContext } from './proxy-context.ts';

/** A client that is turned away. `reason` is the stable code of the decision. */
export interface Refusal {
  readonly cause: 'no-endpoint' | 'source-denied';
  readonly reason: string;
  /** There is no endpoint for anybody, and the client may be held until there is. */
  readonly mayHold: boolean;
}

/** An endpoint given to a flow: counted at the picker until `release`, which is called once. */
export interface Assignment {
  readonly endpoint: Endpoint;
  readonly why: PickReason;
  readonly override?: string;
  release(): void;
}

/** Decides and picks. `tried` endpoints are left out. */
export function selectEndpoint(
  context: ProxyContext,
  route: Route,
  clientAddress: string,
  tried: ReadonlySet<string>,
): Pick | Refusal {
  const { action, reason, endpoints } = decideRoute(route, clientAddress, context.classify(clientAddress));
  if (action !== 'forward') {
    return reason === 'SOURCE_DENIED' ? refuse('source-denied', reason) : refuse('no-endpoint', reason);
  }
  const { servicePort } = route;
  const quarantined = context.quarantine.of(servicePort.key);
  const unusable = union(tried, quarantined);
  const ejected = context.ejections.of(servicePort.key, endpoints);
  const avoided = union(unusable, ejected);
  const pick =
    context.picker.pick(servicePort, endpoints, clientAddress, avoided) ??
    (avoided === unusable ? undefined : context.picker.pick(servicePort, endpoints, clientAddress, unusable));
  if (pick !== undefined) return pick;
  return refuse('no-endpoint', tried.size === 0 && quarantined !== undefined ? 'EP_QUARANTINED' : 'NO_ENDPOINT_LEFT');
}

/** Whether an endpoint is left that is not tried. Picks none. */
export function hasUntried(
  { classify, quarantine }: ProxyContext,
  route: Route,
  clientAddress: string,
  tried: ReadonlySet<string>,
): boolean {
  const quarantined = quarantine.of(route.servicePort.key);
  const { endpoints } = decideRoute(route, clientAddress, classify(clientAddress));
  return endpoints.some(({ key }) => !tried.has(key) && !quarantined?.has(key));
}

export function isRefusal(selection: Pick | Refusal): selection is Refusal {
  return 'cause' in selection;
}

/** Gives the endpoint to a flow, and counts it at the picker. The address of an override is none that it knows. */
export function assign({ picker }: ProxyContext, servicePortKey: string, pick: Pick): Assignment {
  const { endpoint, why } = pick;
  if (why === 'override') return { ...pick, release() {} };
  picker.flowOpened(servicePortKey, endpoint.key);
  return { endpoint, why, release: () => picker.flowEnded(servicePortKey, endpoint.key) };
}

function refuse(cause: Refusal['cause'], reason: string): Refusal {
  return { cause, reason, mayHold: reason === 'NO_ENDPOINT' || reason === 'EP_QUARANTINED' };
}

/** One of the two itself where the other adds nothing: almost always. */
function union(keys: ReadonlySet<string>, more: ReadonlySet<string> | undefined): ReadonlySet<string> {
  if (more === undefined || more.size === 0) return keys;
  return keys.size === 0 ? more : new Set([...keys, ...more]);
}
