/**
 * One flow, as the API shows it.
 */

import { type Static, Type } from 'typebox';
import { formatHostPort } from '../model/address.ts';
import type { Flow } from '../model/flow.ts';

/** A try that failed before the endpoint that was taken. */
const FAILED_TRY = Type.Object({ endpoint: Type.String(), errno: Type.String(), elapsedMs: Type.Number() });

/** One flow. `endpoint`, `pod`, `node` and `why` are "" while it has no endpoint. `bytesIn` is from the client. */
export const FLOW_ROW = Type.Object({
  id: Type.String(),
  protocol: Type.String(),
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  frontend: Type.String(),
  client: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  openedAt: Type.String(),
  ageSeconds: Type.Integer(),
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
  tries: Type.Integer(),
  /** How the endpoint was chosen: `only`, `affinity`, `override`, or the algorithm. */
  why: Type.String(),
  failedTries: Type.Array(FAILED_TRY),
  /** Where an override sent it, `localhost:3000`; absent = nowhere. */
  override: Type.Optional(Type.String()),
  /** The fault that it began under, `latency 300ms`; absent = none. */
  fault: Type.Optional(Type.String()),
});

export type FlowRow = Static<typeof FLOW_ROW>;

/** A flow as it is now. */
export function flowRow(flow: Flow, nowMs: number): FlowRow {
  const { route, endpoint, failedTries } = flow;
  const { namespace, service, port, portName } = route.servicePort;
  return {
    id: flow.id,
    protocol: flow.protocol,
    namespace,
    service,
    port,
    portName,
    frontend: route.frontend.key,
    client: formatHostPort(flow.clientAddress, flow.clientPort),
    endpoint: endpoint?.key ?? '',
    pod: endpoint?.podName ?? '',
    node: endpoint?.nodeName ?? '',
    openedAt: new Date(flow.openedAtMs).toISOString(),
    ageSeconds: Math.max(0, Math.floor((nowMs - flow.openedAtMs) / 1000)),
    bytesIn: flow.bytesIn,
    bytesOut: flow.bytesOut,
    tries: failedTries.length + (endpoint ? 1 : 0),
    why: flow.why ?? '',
    failedTries: failedTries.map(({ endpoint: tried, errno, elapsedMs }) => ({ endpoint: tried, errno, elapsedMs })),
    ...(flow.override !== undefined && { override: flow.override }),
    ...(flow.fault !== undefined && { fault: flow.fault }),
  };
}
