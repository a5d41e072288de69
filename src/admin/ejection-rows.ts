/**
 * `GET /v1/ejections`: one row per endpoint that is left out, or would be but for the cap, in a stable order.
 */

import { type Static, Type } from 'typebox';
import { endpointId } from './endpoint-id.ts';
import { isWanted, type ListQuery, pageOf } from './page.ts';
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
  /** As `GET /v1/endpoints` has it. */
  id: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  code: Type.String(),
  cause: Type.String(),
  failures: Type.Integer(),
  times: Type.Integer(),
  remainingSeconds: Type.Integer(),
});

export const EJECTION_LIST = Type.Object({
  generation: Type.Integer(),
  items: Type.Array(EJECTION_ROW),
  continue: Type.Optional(Type.String()),
});

type EjectionRow = Static<typeof EJECTION_ROW>;

/** The rows that the query asks for: by Service, port, family, endpoint. */
export function listEjections(view: AdminView, query: ListQuery): Static<typeof EJECTION_LIST> {
  const found = [...view.exclusions()]
    .filter(({ servicePort }) => isWanted(query, servicePort))
    .map((exclusion) => {
      const { servicePort, endpoint, code } = exclusion;
      return { key: `${servicePort.key} ${endpoint.key} ${code}`, row: () => rowOf(exclusion) };
    });
  return { generation: view.table().generation, ...pageOf(found, query) };
}

function rowOf({ servicePort, endpoint, code, cause, failures, times, leftMs }: EndpointExclusion): EjectionRow {
  return {
    namespace: servicePort.namespace,
    service: servicePort.service,
    port: servicePort.port,
    portName: servicePort.portName,
    protocol: servicePort.protocol,
    family: servicePort.family,
    id: endpointId(servicePort, endpoint),
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
