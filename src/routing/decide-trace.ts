/**
 * The last steps of a trace: slices, conditions, policy, hints. They are the functions that built the table, run again
 * with a collector.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { NodeContext, Route, ServicePort, ServiceRoutes } from '../model/route.ts';
import { judgeTopology, selectCluster, selectLocal } from './categorize-endpoints.ts';
import type { ClientClass } from './client-class.ts';
import type { Exclusion, ExclusionCode } from './codes.ts';
import type { TraceStep } from './decision.ts';
import { type EndpointSet, endpointSetOf } from './endpoint-set.ts';
import { isExternalKind } from './frontends.ts';
import { joinSlices } from './join-slices.ts';

const POLICY_CODES: ReadonlySet<ExclusionCode> = new Set(['EP_NOT_LOCAL']);
const HINT_CODES: ReadonlySet<ExclusionCode> = new Set(['EP_HINT_NODE', 'EP_HINT_ZONE']);

/** Traces how a route's endpoints become those that this client may get. */
export function traceEndpoints(
  service: ServiceRoutes,
  route: Route,
  clientClass: ClientClass,
  node: NodeContext,
): readonly TraceStep[] {
  const { servicePort, frontend } = route;
  const sliceOut: Exclusion[] = [];
  const endpoints = joinSlices(service.slices, { ...servicePort, nodeName: node.nodeName }, (out) =>
    sliceOut.push(out),
  );
  const out: Exclusion[] = [];
  const set = endpointSetOf(frontend.kind, servicePort, clientClass);
  if (set === 'local') selectLocal(endpoints, (exclusion) => out.push(exclusion));
  else selectCluster(endpoints, node, (exclusion) => out.push(exclusion));
  const policyOut = out.filter(({ code }) => POLICY_CODES.has(code));
  const hintOut = out.filter(({ code }) => HINT_CODES.has(code));
  const conditionOut = out.filter(({ code }) => !POLICY_CODES.has(code) && !HINT_CODES.has(code));
  const conditionIn = without(endpoints, conditionOut);
  const policyIn = without(conditionIn, policyOut);
  return [
    slicesStep(service, endpoints, sliceOut),
    step('conditions', count(endpoints.length, 'endpoint'), conditionIn, conditionOut),
    step('policy', policyDetail(route, set, clientClass, node), policyIn, policyOut),
    hintsStep(set, servicePort, node, endpoints, policyIn, hintOut),
  ];
}

function step(
  name: TraceStep['name'],
  detail: string,
  kept: readonly Endpoint[],
  out: readonly Exclusion[],
): TraceStep {
  return { name, detail, in: kept.map(({ key }) => key), out };
}

function slicesStep(
  { service, slices, key }: ServiceRoutes,
  endpoints: readonly Endpoint[],
  out: readonly Exclusion[],
): TraceStep {
  const used = [...new Set(endpoints.map(({ sliceName }) => sliceName))].sort();
  const detail = `${count(slices.length, 'slice')}, ${count(endpoints.length, 'endpoint')}`;
  if (slices.length > 0) return { name: 'slices', detail, in: used, out };
  const path = 'metadata.labels["kubernetes.io/service-name"]';
  const value = JSON.stringify(service.name);
  const none: Exclusion = { code: 'SLICE_NONE', subject: key, pod: '', object: 'EndpointSlice', path, value };
  return { name: 'slices', detail, in: [], out: [none] };
}

function policyDetail(
  { frontend, servicePort }: Route,
  set: EndpointSet,
  client: ClientClass,
  node: NodeContext,
): string {
  if (frontend.kind === 'local') return 'none: a lane knows no traffic policy';
  const isExternal = isExternalKind(frontend.kind);
  const field = isExternal ? 'spec.externalTrafficPolicy' : 'spec.internalTrafficPolicy';
  const isLocal = isExternal ? servicePort.externalPolicyLocal : servicePort.internalPolicyLocal;
  const where = set === 'local' ? `, this node=${node.nodeName}` : '';
  const short = isLocal && set === 'cluster' ? `, short-circuited for a client of class ${client}` : '';
  return `${field}=${isLocal ? 'Local' : 'Cluster'}${where}${short}`;
}

/** Hints have no say in the local set; where they do not filter the cluster set, the safeguard is told. */
function hintsStep(
  set: EndpointSet,
  servicePort: ServicePort,
  node: NodeContext,
  endpoints: readonly Endpoint[],
  candidates: readonly Endpoint[],
  out: readonly Exclusion[],
): TraceStep {
  if (set === 'local') return step('hints', 'not used under policy Local', candidates, []);
  const { mode, reason } = judgeTopology(endpoints, node);
  const kept = without(candidates, out);
  if (mode === 'node') return step('hints', `forNodes, this node=${node.nodeName}`, kept, out);
  if (mode === 'zone') return step('hints', `forZones, this zone=${node.zone}`, kept, out);
  if (reason === 'HINTS_ABSENT' || reason === 'HINTS_NO_READY_ENDPOINT') return step('hints', reason, kept, []);
  const ignored: Exclusion = {
    code: 'HINTS_IGNORED',
    subject: servicePort.key,
    pod: '',
    object: `Node ${node.nodeName}`,
    path: 'metadata.labels["topology.kubernetes.io/zone"]',
    value: JSON.stringify(node.zone),
  };
  return step('hints', reason, kept, [ignored]);
}

function without(endpoints: readonly Endpoint[], out: readonly Exclusion[]): readonly Endpoint[] {
  const gone = new Set(out.map(({ subject }) => subject));
  return endpoints.filter(({ key }) => !gone.has(key));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
