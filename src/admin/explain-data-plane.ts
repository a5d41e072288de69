/**
 * The last steps of an explanation: what the data plane does with the endpoints that routing gives it.
 *
 *   override: another address first ─▶ balancing: who is left out, how one is chosen ─▶ faults: how it is served
 *
 * Each asks what the data path asks when a flow begins.
 */

import { type Static, Type } from 'typebox';
import { overrideFor } from '../balancing/interventions.ts';
import type { Timed } from '../balancing/timed-book.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { formatFault } from '../model/fault.ts';
import { formatMatch, type Override } from '../model/override.ts';
import type { Route, ServicePort } from '../model/route.ts';
import type { Decision } from '../routing/decision.ts';
import { isRoutable } from '../routing/remedies.ts';
import type { ExplainedOut, ExplainedStep } from './explain-step.ts';
import { untilOf } from './intervention-rows.ts';
import type { InterventionView } from './intervention-view.ts';
import type { EndpointExclusion } from './view.ts';

/** What the data plane is at the moment. What is absent does nothing. */
export interface DataPlane {
  readonly algorithm: (route: Route) => string;
  /** ms since the epoch; needed with `exclusions`. */
  readonly nowMs?: number;
  /** Endpoints that the balancing leaves out, or would but for the cap. */
  readonly exclusions?: readonly EndpointExclusion[];
  readonly interventions?: InterventionView | undefined;
}

/** The override that counts for the client: so many per cent of its flows go to `target` first. */
export const EXPLAINED_OVERRIDE = Type.Object({
  target: Type.String(),
  percent: Type.Number(),
  /** `20%`, `src=10.0.0.0/8`; "" = every flow. */
  match: Type.String(),
  fallback: Type.String(),
  until: Type.String(),
});

export type ExplainedOverride = Static<typeof EXPLAINED_OVERRIDE>;

/** The override that the data path would draw for a client at `from`; `undefined` = any client. */
export function explainedOverride(
  { interventions }: DataPlane,
  { route, reason }: Decision,
  from: string | undefined,
): ExplainedOverride | undefined {
  const found = overrideOf(interventions, route, from, reason);
  if (!found) return undefined;
  const { target, percent, fallback } = found.value;
  return { target, percent, match: formatMatch(found.value), fallback, until: untilOf(found) };
}

/** The steps for a client at `from` that routing forwards, or that an override serves all the same. */
export function dataPlaneSteps(plane: DataPlane, decision: Decision, from: string | undefined): ExplainedStep[] {
  const { route, reason } = decision;
  if (!route) return [];
  const override = overrideOf(plane.interventions, route, from, reason);
  const isServed = isRoutable(decision) || override !== undefined;
  return [
    ...(override ? [overrideStep(override, route.servicePort)] : []),
    ...(isRoutable(decision) ? [balancingStep(plane, decision)] : []),
    ...(isServed ? faultSteps(plane, decision) : []),
  ];
}

function overrideOf(
  interventions: InterventionView | undefined,
  route: Route | undefined,
  from: string | undefined,
  reason: Decision['reason'],
): Timed<Override> | undefined {
  return interventions && route && overrideFor(interventions.overrides, route.servicePort, from, () => reason);
}

function overrideStep(timed: Timed<Override>, { key }: ServicePort): ExplainedStep {
  const { target, endpoints, fallback } = timed.value;
  const match = formatMatch(timed.value);
  const rest = fallback === 'cluster' ? 'the endpoints where it refuses' : 'reset where it refuses';
  const until = untilOf(timed);
  return {
    name: 'override',
    detail: `${target} first${match === '' ? '' : ` for ${match}`}, ${rest}`,
    in: endpoints.map((endpoint) => endpoint.key),
    out: [leftOut({ code: 'EP_OVERRIDDEN', subject: key, path: 'override', value: JSON.stringify(target), until })],
    until,
  };
}

/**
 * The endpoints that a flow may be given, of those that routing gives: who is drained gets none, who is ejected none while
 * there is another.
 */
export function usableEndpoints({ exclusions = [] }: DataPlane, decision: Decision): readonly Endpoint[] {
  const { route, endpoints } = decision;
  const drained = new Set<string>();
  const ejected = new Set<string>();
  for (const exclusion of exclusions) {
    const { servicePort, endpoint } = exclusion;
    if (servicePort.key !== route?.servicePort.key) continue;
    const code = codeFor(exclusion, decision);
    if (code === 'EP_QUARANTINED') drained.add(endpoint.key);
    if (code === 'EP_EJECTED') ejected.add(endpoint.key);
  }
  const left = endpoints.filter(({ key }) => !drained.has(key));
  const preferred = left.filter(({ key }) => !ejected.has(key));
  return preferred.length > 0 ? preferred : left;
}

/** Which of the eligible endpoints are left out, and how one is chosen. */
function balancingStep(plane: DataPlane, decision: Decision): ExplainedStep {
  const { algorithm, exclusions = [], nowMs } = plane;
  const { route, endpoints } = decision;
  const eligible = new Set(endpoints.map(({ key }) => key));
  const out: ExplainedOut[] = [];
  for (const exclusion of exclusions) {
    const { servicePort, endpoint, cause, leftMs } = exclusion;
    const code = codeFor(exclusion, decision);
    const { key: subject, podName: pod } = endpoint;
    if (servicePort.key !== route?.servicePort.key || !eligible.has(subject)) continue;
    const until = leftMs === undefined || nowMs === undefined ? undefined : new Date(nowMs + leftMs).toISOString();
    const why = cause === '' ? DRAINED : cause;
    out.push(leftOut({ code, subject, pod, path: 'cause', value: JSON.stringify(why), ...(until && { until }) }));
  }
  const detail = route ? `${algorithm(route)}, affinity ${affinityOf(route.servicePort)}` : '';
  return { name: 'balancing', detail, in: usableEndpoints(plane, decision).map(({ key }) => key), out };
}

/** What it is for the client: each of the two sets of endpoints has a cap of its own on who may be left out. */
function codeFor({ code, suspendedIn }: EndpointExclusion, { route, endpoints }: Decision): EndpointExclusion['code'] {
  if (suspendedIn === undefined) return code;
  const set = endpoints === route?.servicePort.localEndpoints ? 'local' : 'cluster';
  return suspendedIn.includes(set) ? 'EJECTION_SUSPENDED' : 'EP_EJECTED';
}

/** A quarantine has no other cause than whoever drained the endpoint: the audit log knows who. */
const DRAINED = 'drained by an operator';

function faultSteps({ interventions }: DataPlane, { route, endpoints }: Decision): ExplainedStep[] {
  const fault = route && interventions?.faults.of(route.servicePort);
  if (!fault) return [];
  const kept = endpoints.map(({ key }) => key);
  return [{ name: 'faults', detail: formatFault(fault.value), in: kept, out: [], until: untilOf(fault) }];
}

function leftOut(out: Omit<ExplainedOut, 'object' | 'pod'> & { readonly pod?: string }): ExplainedOut {
  return { pod: '', object: 'svclane', ...out };
}

/** `ClientIP 10800s`, or `None`. */
export function affinityOf({ sessionAffinity, sessionAffinityTimeoutSeconds }: ServicePort): string {
  return sessionAffinity === 'None' ? 'None' : `${sessionAffinity} ${sessionAffinityTimeoutSeconds}s`;
}
