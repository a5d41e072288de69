/**
 * `explain`: what a client gets, step by step, and which single changes would give it an endpoint.
 *
 *   query ─▶ decide, traced ─▶ no endpoint? ─▶ each candidate change ─▶ decide again, on the changed scene ─▶ remedies
 *
 * It is the data path's own `decide`: nothing about routing is known here.
 */

import type { NodeContext, RoutingTable } from '../model/route.ts';
import { decide } from './decide.ts';
import type { Decision, DecisionQuery } from './decision.ts';
import { findRemedies, isRoutable, type Remedy } from './remedies.ts';
import { buildScene, onOtherNode, sceneOf } from './scene.ts';

export interface ExplainOptions {
  /** The proxy name whose Services are ours; default "": those without the label. */
  readonly serviceProxyName?: string;
  /** Explain as on this node; default: where the table is. */
  readonly nodeName?: string;
}

/** A decision with its trace, and what would help. `remedies` is empty where the client has an endpoint. */
export interface Explanation {
  readonly decision: Decision;
  readonly node: NodeContext;
  readonly remedies: readonly Remedy[];
}

/** Explains a query. Pure; costs one Service for each change that is tried, however large the table. */
export function explain(
  table: RoutingTable,
  query: DecisionQuery,
  { serviceProxyName = '', nodeName = table.node.nodeName }: ExplainOptions = {},
): Explanation {
  const asked = sceneOf(table, query, serviceProxyName);
  const scene = asked && nodeName !== table.node.nodeName ? onOtherNode(asked, nodeName) : asked;
  const seen = scene && scene !== asked ? buildScene(scene) : table;
  const decision = decide(seen, query, { trace: true });
  const remedies = scene && !isRoutable(decision) ? findRemedies(scene, decision) : [];
  return { decision, node: seen.node, remedies };
}
