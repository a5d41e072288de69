/**
 * Compares what a proxy has programmed with a routing table: frontend by frontend, for each class of clients.
 */

import type { IpFamily } from '../model/address.ts';
import type { Route, RoutingTable } from '../model/route.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { decide } from '../routing/decide.ts';
import { decideRoute } from '../routing/decide-route.ts';
import { endpointSetOf } from '../routing/endpoint-set.ts';
import { isExternalKind } from '../routing/frontends.ts';
import { sameAddresses } from './address-ranges.ts';
import type { Comparison, Drift } from './drift.ts';
import { type Finding, groupFindings } from './group-findings.ts';
import {
  ANY_ADDRESS,
  CLIENT_CLASSES,
  type ProgrammedFrontend,
  type ProgrammedRules,
  type ProgrammedVerdict,
} from './programmed.ts';

/** Compares. `table` is one of `buildDesiredTable`; families that are not in the dump are left out. */
export function compareRules(rules: ProgrammedRules, table: RoutingTable): Comparison {
  const families = new Set<IpFamily>(rules.families);
  const wanted = [...table.routes.values()].filter(({ frontend }) => families.has(frontend.family));
  const { matched, stale } = matchFrontends(rules, wanted);
  const findings: Finding[] = [];
  let equal = 0;
  for (const [route, programmed] of matched) {
    const found = compareRoute(route, programmed, rules, table);
    if (found.length === 0) equal++;
    findings.push(...found);
  }
  const gaps = rules.gaps.map((gap): Drift => ({ ...NOTHING, kind: 'gap', found: gap }));
  return { drifts: [...gaps, ...groupFindings(findings, wanted), ...stale.map(staleDrift)], equal };
}

const NOTHING = {
  namespace: '',
  service: '',
  servicePort: '',
  frontends: [],
  partly: false,
  clients: [],
  endpoint: '',
  found: '',
  wanted: '',
} as const;

/**
 * What is programmed for each route: several in mode ipvs, which has a node port once for each address of the node. What is
 * left belongs to nobody.
 */
function matchFrontends(
  { tool, frontends }: ProgrammedRules,
  wanted: readonly Route[],
): {
  readonly matched: ReadonlyMap<Route, readonly ProgrammedFrontend[]>;
  readonly stale: readonly ProgrammedFrontend[];
} {
  const routes = new Map(wanted.map((route) => [route.frontend.key, route]));
  const anywhere = new Map(wanted.filter(isNodePort).map((route) => [portKey(route.frontend), route]));
  const matched = new Map<Route, ProgrammedFrontend[]>(wanted.map((route) => [route, []]));
  const stale: ProgrammedFrontend[] = [];
  for (const programmed of frontends) {
    const route = routes.get(programmed.key) ?? (tool === 'ipvs' ? anywhere.get(portKey(programmed)) : undefined);
    if (route) matched.get(route)?.push(programmed);
    else stale.push(programmed);
  }
  return { matched, stale };
}

function isNodePort({ frontend }: Route): boolean {
  return frontend.address === ANY_ADDRESS[frontend.family];
}

function portKey({ family, port, protocol }: Pick<ProgrammedFrontend, 'family' | 'port' | 'protocol'>): string {
  return `${family} ${port}/${protocol}`;
}

function staleDrift({ key, name, verdicts }: ProgrammedFrontend): Drift {
  const [, namespace = '', service = ''] = /^([^/]+)\/([^:]+)/.exec(name) ?? [];
  const found = describe(verdicts.node);
  return { ...NOTHING, kind: 'frontendStale', namespace, service, servicePort: name, frontends: [key], found };
}

function compareRoute(
  route: Route,
  programmed: readonly ProgrammedFrontend[],
  rules: ProgrammedRules,
  table: RoutingTable,
): readonly Finding[] {
  const isTold = rules.tellsPods || rules.tool === 'ipvs' || !isExternalKind(route.frontend.kind);
  const classes = isTold ? CLIENT_CLASSES : WITHOUT_PODS;
  const isMissing = programmed.every(({ verdicts }) => classes.every((one) => verdicts[one].action === 'none'));
  if (isMissing) return [{ route, kind: 'frontendMissing', classes: CLIENT_CLASSES }];
  return programmed.flatMap((frontend) => [
    ...classes.flatMap((clientClass) => compareClass(route, frontend.verdicts[clientClass], clientClass, rules, table)),
    ...compareRanges(route, frontend, rules),
  ]);
}

const WITHOUT_PODS: readonly ClientClass[] = ['node', 'external'];

function compareClass(
  route: Route,
  found: ProgrammedVerdict,
  clientClass: ClientClass,
  { tool }: ProgrammedRules,
  table: RoutingTable,
): readonly Finding[] {
  const classes = [clientClass];
  if (found.action === 'unreadable') return [{ route, kind: 'unreadable', classes, found: found.detail }];
  const wanted = tool === 'ipvs' ? decideForIpvs(route) : decideRoute(route, undefined, clientClass);
  const keys = wanted.endpoints.map(({ key }) => key);
  if (found.action !== 'forward') {
    if (wanted.action === found.action) return [];
    return [{ route, kind: 'policy', classes, found: describe(found), wanted: `${wanted.action}: ${wanted.reason}` }];
  }
  const mapped = [...new Set([...found.endpoints, ...found.affinity.keys()])];
  const stale = mapped.filter((key) => !keys.includes(key));
  const missing = keys.filter((key) => !found.endpoints.includes(key));
  return [
    ...stale.map((endpoint): Finding => {
      const exclusion = exclusionOf(table, route, clientClass, endpoint);
      return { route, kind: 'endpointStale', classes, endpoint, ...(exclusion && { exclusion }) };
    }),
    ...missing.map((endpoint): Finding => ({ route, kind: 'endpointMissing', classes, endpoint })),
    ...compareAffinity(route, found, keys).map((finding): Finding => ({ ...finding, classes })),
  ];
}

/**
 * IPVS gives all clients one set: under policy Local the local endpoints, and all of them where there is none.
 */
function decideForIpvs({ frontend, servicePort }: Route): ReturnType<typeof decideRoute> {
  const local = servicePort.localEndpoints ?? [];
  const isLocal = endpointSetOf(frontend.kind, servicePort, 'external') === 'local' && local.length > 0;
  const endpoints = isLocal ? local : (servicePort.clusterEndpoints ?? []);
  return endpoints.length > 0
    ? { action: 'forward', reason: 'FORWARD', endpoints }
    : { action: 'reject', reason: 'NO_ENDPOINT', endpoints };
}

function compareAffinity(route: Route, { affinity, endpoints }: ProgrammedVerdict, keys: readonly string[]): Finding[] {
  const { sessionAffinity, sessionAffinityTimeoutSeconds } = route.servicePort;
  const seconds = sessionAffinity === 'ClientIP' ? sessionAffinityTimeoutSeconds : 0;
  const both = endpoints.filter((key) => keys.includes(key));
  const found = [...new Set(both.map((key) => affinity.get(key) ?? 0))];
  if (found.every((value) => value === seconds)) return [];
  const text = found.map(affinityText).join(', ');
  return [{ route, kind: 'affinity', classes: [], found: text, wanted: affinityText(seconds) }];
}

function affinityText(seconds: number): string {
  return seconds === 0 ? 'None' : `ClientIP ${seconds}s`;
}

/**
 * In mode iptables a Service without any endpoint refuses everybody, and has no ranges. The load-balancer IPs themselves,
 * which are let in where the node is, depend on which of the node's addresses the proxy takes as its own.
 */
function compareRanges(
  { frontend, servicePort }: Route,
  { sourceRanges }: ProgrammedFrontend,
  { tool }: ProgrammedRules,
): readonly Finding[] {
  const isGuarded = frontend.kind === 'loadBalancerIP' && tool !== 'ipvs';
  if (!isGuarded || (tool === 'iptables' && !servicePort.hasAnyEndpoints)) return [];
  const own = `${frontend.address}/${frontend.family === 'IPv4' ? 32 : 128}`;
  const found = (sourceRanges ?? []).filter(({ text }) => text !== own);
  const wanted = servicePort.sourceRanges.filter(({ text }) => text !== own);
  const isOpen = sourceRanges === undefined;
  if (isOpen === (servicePort.sourceRanges.length === 0) && sameAddresses(found, wanted)) return [];
  const text = (ranges: typeof found, open: boolean): string =>
    open ? 'everybody' : ranges.map((range) => range.text).join(', ') || 'nobody';
  return [
    {
      route: { frontend, servicePort, listens: true },
      kind: 'sourceRanges',
      classes: CLIENT_CLASSES,
      found: text(found, isOpen),
      wanted: text(wanted, servicePort.sourceRanges.length === 0),
    },
  ];
}

/** Why the API leaves an endpoint out; `undefined` = no slice has it. */
function exclusionOf(
  table: RoutingTable,
  { frontend }: Route,
  clientClass: ClientClass,
  endpoint: string,
): Finding['exclusion'] {
  const { address: destinationAddress, port: destinationPort, protocol } = frontend;
  const query = { destinationAddress, destinationPort, protocol, clientClass };
  const { trace = [] } = decide(table, query, { trace: true });
  return trace.flatMap(({ out }) => out).findLast(({ subject }) => subject === endpoint);
}

function describe({ action, endpoints, detail }: ProgrammedVerdict): string {
  if (action === 'forward') return `forward to ${endpoints.join(', ')}`;
  return action === 'unreadable' ? detail : action;
}
