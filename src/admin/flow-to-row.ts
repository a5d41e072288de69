/**
 * A flow as the API shows it. Apart from its schema, which most daemons never load.
 */

import { formatHostPort } from '../model/address.ts';
import type { Flow } from '../model/flow.ts';
import type { FlowRow } from './flow-row.ts';

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
