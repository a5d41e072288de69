/**
 * `GET /v1/connections` and `/v1/udp`: the flows that live, and why each has the endpoint that it has.
 */

import { type Static, Type } from 'typebox';
import type { Flow } from '../model/flow.ts';
import { FLOW_ROW } from './flow-row.ts';
import { flowRow } from './flow-to-row.ts';
import { isWanted, type ListQuery, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

export const FLOW_LIST = Type.Object({ items: Type.Array(FLOW_ROW), continue: Type.Optional(Type.String()) });

export type FlowList = Static<typeof FLOW_LIST>;

/** The live flows of a protocol, in the order of their opening. */
export async function listFlows(view: AdminView, protocol: Flow['protocol'], query: ListQuery): Promise<FlowList> {
  const nowMs = view.now();
  const found = [];
  for (const flow of await view.liveFlows()) {
    if (flow.protocol !== protocol || !isWanted(query, flow.route.servicePort)) continue;
    found.push({ key: sortable(flow.id), row: () => flowRow(flow, nowMs) });
  }
  return pageOf(found, query);
}

/** `c-41` so that it sorts behind `c-5`. */
function sortable(id: string): string {
  return id.replace(/\d+$/, (digits) => digits.padStart(16, '0'));
}
