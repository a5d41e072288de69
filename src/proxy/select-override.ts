/**
 * Selection by an override: which flows it takes, and where they go.
 *
 *   drawn ──▶ its addresses, one after the other ──all refused──▶ fallback cluster: the endpoints of the Service
 *                                                             └─▶ fallback fail: nobody
 */

import type { Pick } from '../balancing/picker.ts';
import type { Override } from '../model/override.ts';
import type { Route } from '../model/route.ts';
import { decideRoute } from '../routing/decide-route.ts';
import type { ProxyContext } from './proxy-context.ts';
import { type Refusal, selectEndpoint } from './select-endpoint.ts';

const NOT_TRIED: ReadonlySet<string> = new Set();

/** The override that takes a flow which begins; asked once for each. */
export function drawOverride(
  { interventions, classify }: ProxyContext,
  route: Route,
  clientAddress: string,
): Override | undefined {
  if (interventions === undefined || interventions.overrides.size === 0) return undefined;
  const verdict = (): string => decideRoute(route, clientAddress, classify(clientAddress)).reason;
  return interventions.drawOverride(route.servicePort, clientAddress, verdict);
}

/** The address behind the last one that was tried; `undefined` = all were. */
export function pickOverride({ endpoints, target }: Override, tried: ReadonlySet<string>): Pick | undefined {
  const endpoint = endpoints[endpoints.findLastIndex(({ key }) => tried.has(key)) + 1];
  return endpoint && { endpoint, why: 'override', override: target };
}

/** All of it for a flow that is not dialled, but begins anew where it was refused: `tried` refused it last. */
export function selectWithOverride(
  context: ProxyContext,
  route: Route,
  clientAddress: string,
  tried: ReadonlySet<string>,
): Pick | Refusal {
  const override = drawOverride(context, route, clientAddress);
  const picked = override && pickOverride(override, tried);
  if (picked !== undefined) return picked;
  const again = override?.fallback === 'fail' ? pickOverride(override, NOT_TRIED) : undefined;
  return again ?? selectEndpoint(context, route, clientAddress, tried);
}

/** Whether an override in force still sends flows to this endpoint. */
export function isOverriddenTo({ interventions }: ProxyContext, { servicePort }: Route, endpointKey: string): boolean {
  return interventions?.overrides.of(servicePort)?.value.endpoints.some(({ key }) => key === endpointKey) === true;
}
