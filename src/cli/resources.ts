/**
 * Every kind of row that `get` prints, with its columns.
 */

import type { Static } from 'typebox';
import { EJECTION_LIST } from '../admin/ejection-rows.ts';
import { ENDPOINT_LIST, type EndpointRow } from '../admin/endpoint-rows.ts';
import type { FlowRow } from '../admin/flow-row.ts';
import { FLOW_LIST } from '../admin/flow-rows.ts';
import { LISTENER_LIST, type ListenerRow } from '../admin/listener-rows.ts';
import { ROUTE_LIST, type RouteRow } from '../admin/route-rows.ts';
import { SERVICE_LIST, type ServiceRow } from '../admin/service-rows.ts';
import { formatHostPort } from '../model/address.ts';
import { formatBytes, formatWhy } from './flow-text.ts';
import { formatNotes, INTERVENTION_RESOURCES } from './intervention-resources.ts';
import { formatAge } from './print-table.ts';
import { defineResource, type Resource } from './resource.ts';

const FLOW_COLUMNS = {
  schema: FLOW_LIST,
  headers: ['ID', 'NAMESPACE', 'SERVICE', 'CLIENT', 'ENDPOINT', 'POD', 'AGE', 'IN', 'OUT', 'TRIES', 'WHY'],
  cells: flowCells,
  wideHeaders: ['FRONTEND', 'NODE', 'OPENED'],
  wideCells: ({ frontend, node, openedAt }: FlowRow) => [frontend, node, openedAt],
  nameOf: ({ id }: FlowRow) => id,
  isOfService: false,
};

/** In the order of the help. */
export const RESOURCES: readonly Resource[] = [
  defineResource({
    name: 'routes',
    path: '/v1/routes',
    schema: ROUTE_LIST,
    headers: ['NAMESPACE', 'SERVICE', 'PORT', 'FRONTEND', 'READY', 'STATE', 'AGE', 'NOTE'],
    cells: routeCells,
    wideHeaders: ['ALGO', 'EJECTED', 'CONNS', 'REV', 'ENDPOINTS', 'REASON'],
    wideCells: wideRouteCells,
    nameOf: ({ service, portName, port }) => `svc/${service}:${portName || port}`,
    isOfService: true,
  }),
  defineResource({
    name: 'services',
    path: '/v1/services',
    schema: SERVICE_LIST,
    headers: ['NAMESPACE', 'NAME', 'TYPE', 'CLUSTER-IP', 'PORT(S)', 'ROUTABLE', 'AGE', 'STATUS'],
    cells: serviceCells,
    wideHeaders: ['EXTERNAL-IP', 'FRONTENDS', 'CONFLICTS', 'CONNS', 'REV'],
    wideCells: ({ externalIPs, frontends, conflicts, connections, generation }) => [
      externalIPs.join(','),
      ...[frontends, conflicts, connections, generation].map(String),
    ],
    nameOf: ({ name }) => `svc/${name}`,
    isOfService: true,
  }),
  defineResource({
    name: 'endpoints',
    path: '/v1/endpoints',
    schema: ENDPOINT_LIST,
    headers: ['NAMESPACE', 'SERVICE', 'PORT', 'ENDPOINT', 'POD', 'NODE', 'STATE', 'ELIGIBLE', 'CONNS'],
    cells: endpointCells,
    wideHeaders: ['ZONE', 'LOCAL', 'SERVING', 'SLICE'],
    wideCells: ({ zone, local, serving, slice }) => [zone, yesNo(local), yesNo(serving), slice],
    nameOf: ({ endpoint }) => endpoint,
    isOfService: false,
  }),
  defineResource({
    name: 'listeners',
    path: '/v1/listeners',
    schema: LISTENER_LIST,
    headers: ['FRONTEND', 'KIND', 'NAMESPACE', 'SERVICE', 'PORT', 'STATE', 'BOUND', 'CONNS'],
    cells: listenerCells,
    wideHeaders: ['REASON'],
    wideCells: ({ reason, error }) => [whyOf(reason, error)],
    nameOf: ({ frontend }) => frontend,
    isOfService: false,
  }),
  defineResource({
    name: 'ejections',
    path: '/v1/ejections',
    schema: EJECTION_LIST,
    headers: ['NAMESPACE', 'SERVICE', 'PORT', 'ENDPOINT', 'POD', 'CODE', 'CAUSE', 'LEFT'],
    cells: ejectionCells,
    wideHeaders: ['NODE', 'FAMILY', 'FAILURES', 'TIMES'],
    wideCells: ({ node, family, failures, times }) => [node, family, String(failures), String(times)],
    nameOf: ({ endpoint }) => endpoint,
    isOfService: false,
  }),
  defineResource({ ...FLOW_COLUMNS, name: 'conns', path: '/v1/connections' }),
  defineResource({ ...FLOW_COLUMNS, name: 'udp', path: '/v1/udp' }),
  ...INTERVENTION_RESOURCES,
];

function routeCells(row: RouteRow, isWide: boolean): readonly string[] {
  const { namespace, service, frontend, ready, total, state, ageSeconds, reason, notes } = row;
  const kind = frontend.kind === 'clusterIP' ? '' : ` (${frontend.kind})`;
  const at = `${formatHostPort(frontend.address, frontend.port)}${kind}`;
  const why = reason === '' || isWide ? state : `${state}: ${reason}`;
  const note = formatNotes(notes, Date.now());
  return [namespace, service, portOf(row), at, `${ready}/${total}`, why, formatAge(ageSeconds), note];
}

function wideRouteCells(row: RouteRow): readonly string[] {
  const { algorithm, ejected, connections, generation, endpoints, reason, error } = row;
  const names = endpoints.map(({ address, port, ready }) => `${formatHostPort(address, port)}${ready ? '' : '!'}`);
  return [algorithm, ...[ejected, connections, generation].map(String), names.join(','), whyOf(reason, error)];
}

function serviceCells(row: ServiceRow): readonly string[] {
  const { namespace, name, type, clusterIPs, ports, routable, total, ageSeconds, unrouted, conflicts } = row;
  const routed = routable > 0 ? 'Routed' : 'NoEndpoint';
  const status = unrouted || (conflicts > 0 ? 'FRONTEND_CONFLICT' : routed);
  const count = `${routable}/${total}`;
  return [namespace, name, type, clusterIPs.join(','), ports.join(','), count, formatAge(ageSeconds), status];
}

function endpointCells(row: EndpointRow): readonly string[] {
  const { namespace, service, endpoint, pod, node, ready, terminating, eligible, excluded, connections } = row;
  const told = terminating ? 'terminating' : ready ? 'ready' : 'not ready';
  const state = excluded === '' ? told : `${told}: ${excluded}`;
  return [namespace, service, portOf(row), endpoint, pod, node, state, yesNo(eligible), String(connections)];
}

function listenerCells(row: ListenerRow, isWide: boolean): readonly string[] {
  const { frontend, kind, namespace, service, state, reason, bound, connections } = row;
  const why = reason === '' || isWide ? state : `${state}: ${reason}`;
  return [frontend, kind, namespace, service, portOf(row), why, bound, String(connections)];
}

function ejectionCells(row: Static<typeof EJECTION_LIST>['items'][number]): readonly string[] {
  const { namespace, service, endpoint, pod, code, cause, remainingSeconds } = row;
  const left = remainingSeconds < 0 ? '' : formatAge(remainingSeconds);
  return [namespace, service, portOf(row), endpoint, pod, code, cause, left];
}

function flowCells(row: FlowRow): readonly string[] {
  const { id, namespace, service, client, endpoint, pod, ageSeconds, bytesIn, bytesOut, tries, override } = row;
  const counts = [formatAge(ageSeconds), formatBytes(bytesIn), formatBytes(bytesOut), String(tries)];
  return [id, namespace, service, client, endpoint, override ? '(local)' : pod, ...counts, formatWhy(row)];
}

function portOf({ portName, port, protocol }: Pick<RouteRow, 'portName' | 'port' | 'protocol'>): string {
  return `${portName || port}/${protocol.toLowerCase()}`;
}

function whyOf(reason: string, error: string): string {
  return [reason, error].filter((text) => text !== '').join(': ');
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
