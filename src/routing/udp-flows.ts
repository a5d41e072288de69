/**
 * When a UDP flow ends for what the table says.
 */

import type { Protocol } from '../model/address.ts';
import type { FlowEndCause } from '../model/flow.ts';
import type { Route } from '../model/route.ts';

/** The backend of a flow. `port` absent = any port of the address. */
export interface FlowBackend {
  readonly address: string;
  readonly port?: number;
}

/**
 * Why a flow must end, given the route that its frontend has now; `undefined` = it lives on. A UDP flow ends with its
 * frontend, and when its backend is not a serving endpoint of the ServicePort any more: readiness, terminating, traffic
 * policies and hints have no say. TCP and SCTP flows are never ended by this.
 *
 * Source: EndpointSlice `endpoints[].conditions.serving`; kube-proxy's clean-up of UDP connection tracking.
 */
export function udpFlowEnd(
  protocol: Protocol,
  route: Route | undefined,
  backend: FlowBackend,
): Extract<FlowEndCause, 'service-gone' | 'endpoint-gone'> | undefined {
  if (protocol !== 'UDP') return undefined;
  if (!route) return 'service-gone';
  const lives = route.servicePort.endpoints.some(
    ({ serving, address, port }) => serving && address === backend.address && (backend.port ?? port) === port,
  );
  return lives ? undefined : 'endpoint-gone';
}
