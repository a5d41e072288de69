/**
 * `POST /v1/probe`: whether each endpoint of a Service accepts, and how long that takes. Also those that clients do not get.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort } from '../model/route.ts';
import { endpointId } from './endpoint-id.ts';
import { askedServicePorts } from './service-ports.ts';
import type { AdminView } from './view.ts';

const DEFAULT_TIMEOUT_MS = 1_000;

/** `port` is `http`, `80`, `53/udp`; absent = every port. */
export const PROBE_REQUEST = Type.Object(
  {
    namespace: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
    service: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { additionalProperties: false },
);

/**
 * One endpoint. `outcome` is `accepted`, `failed`, or `skipped`: UDP has nothing to connect. `latencyMs` is how long it took
 * to accept or to fail, 0 where it was skipped; `error` an errno, "" where there is none.
 */
const PROBE_ROW = Type.Object({
  id: Type.String(),
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  ready: Type.Boolean(),
  terminating: Type.Boolean(),
  outcome: Type.Enum(['accepted', 'failed', 'skipped']),
  latencyMs: Type.Number(),
  error: Type.String(),
});

export const PROBE_LIST = Type.Object({ generation: Type.Integer(), items: Type.Array(PROBE_ROW) });

export type ProbeRow = Static<typeof PROBE_ROW>;

/** Probes all at once, in the order of ports and endpoints. Throws problems of 404 as `askedServicePorts`. */
export async function probeEndpoints(
  view: AdminView,
  { namespace = 'default', service, port, timeoutMs = DEFAULT_TIMEOUT_MS }: Static<typeof PROBE_REQUEST>,
): Promise<Static<typeof PROBE_LIST>> {
  const table = view.table();
  const { ports } = askedServicePorts(table, { namespace, service, port });
  const targets = ports.flatMap((servicePort) => servicePort.endpoints.map((endpoint) => ({ servicePort, endpoint })));
  const items = await Promise.all(
    targets.map(async ({ servicePort, endpoint }) => {
      const isTcp = servicePort.protocol === 'TCP';
      return rowOf(servicePort, endpoint, isTcp ? await view.probe(endpoint, timeoutMs) : undefined);
    }),
  );
  return { generation: table.generation, items };
}

function rowOf(
  servicePort: ServicePort,
  endpoint: Endpoint,
  outcome: Awaited<ReturnType<AdminView['probe']>> | undefined,
): ProbeRow {
  const { namespace, service, port, portName, protocol } = servicePort;
  return {
    id: endpointId(servicePort, endpoint),
    namespace,
    service,
    port,
    portName,
    protocol,
    endpoint: endpoint.key,
    pod: endpoint.podName,
    node: endpoint.nodeName,
    ready: endpoint.ready,
    terminating: endpoint.terminating,
    outcome: outcome === undefined ? 'skipped' : outcome.error === undefined ? 'accepted' : 'failed',
    latencyMs: Math.round((outcome?.elapsedMs ?? 0) * 100) / 100,
    error: outcome?.error ?? '',
  };
}
