/**
 * Selection: from a route and a client to the endpoint of a flow, or to the reason why there is none.
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
}

/** An endpoint given to a flow: counted at the picker until `release`, which is called once. */
export interface Assignment {
  readonly endpoint: Endpoint;
  readonly why: PickReason;
  release(): void;
}

/** Decides and picks, and counts the flow at the picker. `tried` endpoints are left out. */
export function selectEndpoint(
  context: ProxyContext,
  route: Route,
  clientAddress: string,
  tried: ReadonlySet<string>,
): Assignment | Refusal {
  const decision = decideRoute(route, clientAddress, context.classify(clientAddress));
  const { action, reason } = decision;
  if (action !== 'forward') return { cause: reason === 'SOURCE_DENIED' ? 'source-denied' : 'no-endpoint', reason };
  const pick = context.picker.pick(route.servicePort, decision.endpoints, clientAddress, tried);
  if (pick === undefined) return { cause: 'no-endpoint', reason: 'NO_ENDPOINT_LEFT' };
  return assign(context, route.servicePort.key, pick);
}

export function isRefusal(selection: Assignment | Refusal): selection is Refusal {
  return 'cause' in selection;
}

function assign({ picker }: ProxyContext, servicePortKey: string, { endpoint, why }: Pick): Assignment {
  picker.flowOpened(servicePortKey, endpoint.key);
  return { endpoint, why, release: () => picker.flowEnded(servicePortKey, endpoint.key) };
}
