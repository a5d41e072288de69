/**
 * `GET /v1/ejections`: one row per endpoint that is left out, or would be but for the cap, in a stable order.
 */

import { type Static, Type } from 'typebox';
import { SERVICE_FILTER } from './page.ts';
import type { AdminView, EndpointExclusion } from './view.ts';

/**
 * One endpoint of one Service port. `code` is `EP_EJECTED`, `EJECTION_SUSPENDED` or `EP_QUARANTINED`; `remainingSeconds`
 * is -1 where it does not end by itself.
 */
const EJECTION_ROW = Type.Object({
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  family: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  code: Type.String(),
  cause: Type.String(),
  failures: Type.Integer(),
  times: Type.Integer(),
  remainingSeconds: Type.Integer(),
});

export const EJECTION_LIST = Type.Object({ generation: Type.Integer(), items: Type.Array(EJECTION_ROW) });

export const EJECTION_QUERY = Type.Object({
  ...SERVICE_FILTER,
});

type EjectionRow = Static<typeof EJECTION_ROW>;

/** The rows that the query asks for: by Service, port, family, endpoint. */
export function listEjections(
  view: AdminView,
  { namespace, service }: Static<typeof EJECTION_QUERY>,
): Static<typeof EJECTION_LIST> {
  const wanted = [...view.exclusions()]
    .filter(({ servicePort }) => namespace === undefined || servicePort.namespace === namespace)
    .filter(({ servicePort }) => service === undefined || servicePort.service === service)
    .sort(byPlace);
  return { generation: view.table().generation, items: wanted.map(rowOf) };
}

function rowOf({ servicePort, endpoint, code, cause, failures, times, leftMs }: EndpointExclusion): EjectionRow {
  return {
    namespace: servicePort.namespace,
    service: servicePort.service,
    port: servicePort.port,
    portName: servicePort.portName,
    protocol: servicePort.protocol,
    family: servicePort.family,
    endpoint: endpoint.key,
    pod: endpoint.podName,
    node: endpoint.nodeName,
    code,
    cause,
    failures,
    times,
    remainingSeconds: leftMs === undefined ? -1 : Math.ceil(leftMs / 1000),
  };
}

function byPlace(a: EndpointExclusion, b: EndpointExclusion): number {
  return compare(a.servicePort.key, b.servicePort.key) || compare(a.endpoint.key, b.endpoint.key);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
