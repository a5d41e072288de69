/**
 * `GET /v1/explain`, and the same without a daemon: what a client gets, step by step, as stable JSON.
 */

import { type Static, Type } from 'typebox';
import type { Route, RoutingTable, ServicePort } from '../model/route.ts';
import { DECISION_CODES, EXCLUSION_CODES, type Exclusion } from '../routing/codes.ts';
import type { Decision, DecisionQuery } from '../routing/decision.ts';
import { type Explanation, explain } from '../routing/explain.ts';
import type { History } from '../routing/history.ts';
import { endpointTimes, lastRoutable } from '../routing/history-facts.ts';
import { isRoutable } from '../routing/remedies.ts';
import { type ExplainRequest, parseExplainRequest } from './explain-request.ts';
import type { EndpointExclusion } from './view.ts';

/** What was left out, and by which field. `since` = when it became so; absent where that is not known. */
const OUT = Type.Object({
  code: Type.String(),
  subject: Type.String(),
  pod: Type.String(),
  object: Type.String(),
  path: Type.String(),
  /** JSON, or `nil`. */
  value: Type.String(),
  since: Type.Optional(Type.String()),
});

const STEP = Type.Object({
  name: Type.String(),
  detail: Type.String(),
  in: Type.Array(Type.String()),
  out: Type.Array(OUT),
});

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
});

export type ExplanationDocument = Static<typeof EXPLANATION>;

type Step = Static<typeof STEP>;

/** What an explanation is made from. Without `history` nothing is told of the past. */
export interface ExplainContext {
  readonly table: RoutingTable;
  /** Since when the table is in force, ms since the epoch. */
  readonly atMs: number;
  readonly serviceProxyName: string;
  readonly algorithm: (route: Route) => string;
  readonly history?: History;
  /** Endpoints that the balancing leaves out, or would but for the cap. */
  readonly exclusions?: Iterable<EndpointExclusion>;
}

/** Explains a request. Throws an `HttpProblem` where it cannot be understood, or means a Service that is not there. */
export function answerExplain(context: ExplainContext, request: ExplainRequest): ExplanationDocument {
  const { table, serviceProxyName, algorithm } = context;
  const query = parseExplainRequest(table, request);
  const node = request.node === undefined || request.node === '' ? {} : { nodeName: request.node };
  const explanation = explain(table, query, { serviceProxyName, ...node });
  const { decision } = explanation;
  const { route, service, action, reason, endpoints } = decision;
  return {
    generation: table.generation,
    time: new Date(context.atMs).toISOString(),
    node: explanation.node.nodeName,
    zone: explanation.node.zone,
    from: query.sourceAddress ?? '',
    client: decision.clientClass,
    service: service?.key ?? '',
    frontend: route?.frontend.key ?? '',
    routable: isRoutable(decision),
    action,
    reason,
    message: MEANINGS[reason],
    steps: stepsOf(context, explanation),
    endpoints: endpoints.map(({ key, podName, nodeName, zone }) => {
      return { endpoint: key, pod: podName, node: nodeName, zone };
    }),
    algorithm: route ? algorithm(route) : '',
    affinity: route ? affinityOf(route.servicePort) : '',
    wouldWorkIf: explanation.remedies.map((remedy) => ({ ...remedy })),
    lastRoutable: lastRoutableOf(context, query, decision),
  };
}

const MEANINGS = { ...DECISION_CODES, ...EXCLUSION_CODES };

function stepsOf(context: ExplainContext, { decision }: Explanation): ExplanationDocument['steps'] {
  const { trace = [] } = decision;
  const times = timesOf(context, decision);
  const steps = trace.map(({ name, detail, in: kept, out }) => {
    return { name, detail, in: [...kept], out: out.map((exclusion) => outOf(exclusion, times)) };
  });
  return isRoutable(decision) ? [...steps, balancingStep(context, decision)] : steps;
}

/** The last step is the balancing's own: which of the eligible endpoints it leaves out, and how it chooses. */
function balancingStep({ algorithm, exclusions = [] }: ExplainContext, { route, endpoints }: Decision): Step {
  const out: Step['out'] = [];
  for (const { servicePort, endpoint, code, cause } of exclusions) {
    if (servicePort.key !== route?.servicePort.key) continue;
    const value = JSON.stringify(cause);
    out.push({ code, subject: endpoint.key, pod: endpoint.podName, object: 'svclane', path: 'cause', value });
  }
  const gone = new Set(out.filter(({ code }) => code !== 'EJECTION_SUSPENDED').map(({ subject }) => subject));
  const detail = route ? `${algorithm(route)}, affinity ${affinityOf(route.servicePort)}` : '';
  return { name: 'balancing', detail, in: endpoints.map(({ key }) => key).filter((key) => !gone.has(key)), out };
}

/** Since when endpoints are as they are, by their keys. */
function timesOf({ history, table }: ExplainContext, { route, service }: Decision): ReadonlyMap<string, number> {
  if (!history || !route || !service) return new Map();
  return endpointTimes(history, service.key, route.servicePort.key, table.generation);
}

function outOf(out: Exclusion, times: ReadonlyMap<string, number>): Static<typeof OUT> {
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
  return found ? { generation: found.table.generation, time: new Date(found.atMs).toISOString() } : null;
}

function affinityOf({ sessionAffinity, sessionAffinityTimeoutSeconds }: ServicePort): string {
  return sessionAffinity === 'None' ? 'None' : `${sessionAffinity} ${sessionAffinityTimeoutSeconds}s`;
}
