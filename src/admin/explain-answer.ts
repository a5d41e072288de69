/**
 * `GET /v1/explain`, and the same without a daemon: what a client gets, step by step, as stable JSON.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { RoutingTable } from '../model/route.ts';
import { DECISION_CODES, EXCLUSION_CODES, type Exclusion } from '../routing/codes.ts';
import type { Decision, DecisionQuery } from '../routing/decision.ts';
import { type Explanation, explain } from '../routing/explain.ts';
import type { History } from '../routing/history.ts';
import { endpointTimes, lastRoutable } from '../routing/history-facts.ts';
import { isRoutable } from '../routing/remedies.ts';
import {
  affinityOf,
  type DataPlane,
  dataPlaneSteps,
  EXPLAINED_OVERRIDE,
  explainedOverride,
  usableEndpoints,
} from './explain-data-plane.ts';
import { type ExplainRequest, parseExplainRequest } from './explain-request.ts';
import { type ExplainedOut, type ExplainedStep, STEP } from './explain-step.ts';
import { unservedAddress } from './unserved-address.ts';

const ENDPOINT = Type.Object({ endpoint: Type.String(), pod: Type.String(), node: Type.String(), zone: Type.String() });

const REMEDY = Type.Object({
  object: Type.String(),
  path: Type.String(),
  value: Type.String(),
  pod: Type.String(),
  endpoints: Type.Integer(),
});

const MOMENT = Type.Object({ generation: Type.Integer(), time: Type.String() });

/** The shape of an explanation. `service`, `frontend`, `algorithm` and `affinity` are "" where there is none. */
export const EXPLANATION = Type.Object({
  generation: Type.Integer(),
  time: Type.String(),
  /** Where we run, or are asked to be: "" = on no node. */
  node: Type.String(),
  zone: Type.String(),
  /** The client's address, "" = any pod; and its class: `pod`, `node` or `external`. */
  from: Type.String(),
  client: Type.String(),
  service: Type.String(),
  frontend: Type.String(),
  routable: Type.Boolean(),
  /** `forward`, `reject`, `drop`, `ignore`. */
  action: Type.String(),
  reason: Type.String(),
  message: Type.String(),
  steps: Type.Array(STEP),
  endpoints: Type.Array(ENDPOINT),
  algorithm: Type.String(),
  /** `ClientIP 10800s`, or `None`. */
  affinity: Type.String(),
  wouldWorkIf: Type.Array(REMEDY),
  lastRoutable: Type.Union([MOMENT, Type.Null()]),
  /** What comes ahead of `action`, which is routing's own word. */
  override: Type.Union([EXPLAINED_OVERRIDE, Type.Null()]),
});

export type ExplanationDocument = Static<typeof EXPLANATION>;

/** What an explanation is made from. Without `history` nothing is told of the past. */
export interface ExplainContext extends DataPlane {
  readonly table: RoutingTable;
  /** Since when the table is in force, ms since the epoch. */
  readonly atMs: number;
  readonly serviceProxyName: string;
  readonly history?: History;
}

/** Explains a request. Throws an `HttpProblem` where it cannot be understood, or means a Service that is not there. */
export function answerExplain(context: ExplainContext, request: ExplainRequest): ExplanationDocument {
  const { table, serviceProxyName, algorithm } = context;
  const query = parseExplainRequest(table, request);
  const node = request.node === undefined || request.node === '' ? {} : { nodeName: request.node };
  const explanation = explain(table, query, { serviceProxyName, ...node });
  const { decision } = explanation;
  const { route, service } = decision;
  const override = explainedOverride(context, decision, query.sourceAddress);
  const endpoints = usableEndpoints(context, decision);
  const verdict = verdictOf(decision, endpoints);
  const routable = verdict.routable || override?.percent === 100;
  return {
    generation: table.generation,
    time: new Date(context.atMs).toISOString(),
    node: explanation.node.nodeName,
    zone: explanation.node.zone,
    from: query.sourceAddress ?? '',
    client: decision.clientClass,
    service: service?.key ?? '',
    frontend: route?.frontend.key ?? '',
    ...verdict,
    ...(decision.reason === 'NOT_OURS' && { message: notOursMessage(table, query) }),
    routable,
    steps: stepsOf(context, explanation, query.sourceAddress),
    endpoints: endpoints.map(({ key, podName, nodeName, zone }) => {
      return { endpoint: key, pod: podName, node: nodeName, zone };
    }),
    algorithm: route ? algorithm(route) : '',
    affinity: route ? affinityOf(route.servicePort) : '',
    wouldWorkIf: routable ? [] : remediesOf(explanation),
    lastRoutable: routable ? null : lastRoutableOf(context, query, decision),
    override: override ?? null,
  };
}

function notOursMessage(table: RoutingTable, query: DecisionQuery): string {
  const why = unservedAddress(table, query);
  return `${MEANINGS.NOT_OURS}${why === '' ? '' : `: ${why}`}`;
}

/** What routing says, unless an operator has drained every endpoint that it gives. */
function verdictOf(
  decision: Decision,
  usable: readonly Endpoint[],
): Pick<ExplanationDocument, 'routable' | 'action' | 'reason' | 'message'> {
  const { action, reason } = decision;
  const isForwarded = isRoutable(decision);
  if (!isForwarded || usable.length > 0) return { routable: isForwarded, action, reason, message: MEANINGS[reason] };
  return { routable: false, action: 'reject', reason: 'EP_QUARANTINED', message: ALL_DRAINED };
}

const ALL_DRAINED = 'an operator drains every endpoint that the client could have';

const MEANINGS = { ...DECISION_CODES, ...EXCLUSION_CODES };

/** Of endpoints that are all drained, one that is restored is enough. */
function remediesOf({ decision, remedies }: Explanation): ExplanationDocument['wouldWorkIf'] {
  const [drained] = decision.endpoints;
  if (!isRoutable(decision) || !drained) return remedies.map((remedy) => ({ ...remedy }));
  const value = JSON.stringify(drained.key);
  return [{ object: 'svclane', path: 'restore', value, pod: drained.podName, endpoints: 1 }];
}

function stepsOf(context: ExplainContext, { decision }: Explanation, from: string | undefined): ExplainedStep[] {
  const { trace = [] } = decision;
  const times = timesOf(context, decision);
  const steps = trace.map(({ name, detail, in: kept, out }) => {
    return { name, detail, in: [...kept], out: out.map((exclusion) => outOf(exclusion, times)) };
  });
  return [...steps, ...dataPlaneSteps(context, decision, from)];
}

/** Since when endpoints are as they are, by their keys. */
function timesOf({ history, table }: ExplainContext, { route, service }: Decision): ReadonlyMap<string, number> {
  if (!history || !route || !service) return new Map();
  return endpointTimes(history, service.key, route.servicePort.key, table.generation);
}

function outOf(out: Exclusion, times: ReadonlyMap<string, number>): ExplainedOut {
  const sinceMs = out.code.startsWith('EP_') ? times.get(out.subject) : undefined;
  return { ...out, ...(sinceMs !== undefined && { since: new Date(sinceMs).toISOString() }) };
}

function lastRoutableOf(
  { history, table }: ExplainContext,
  query: DecisionQuery,
  decision: Decision,
): ExplanationDocument['lastRoutable'] {
  if (!history || !decision.service || isRoutable(decision)) return null;
  const found = lastRoutable(history, query, decision.service.key, table.generation);
  return found ? { generation: found.generation, time: new Date(found.atMs).toISOString() } : null;
}
