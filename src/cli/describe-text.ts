/**
 * A Service as `describe` prints it: what it is, who gets what at which address, what stands in the way, what changed.
 */

import type { ExplanationDocument } from '../admin/explain-answer.ts';
import type { DescribedPort, Description } from './description.ts';
import { formatChanges } from './history.ts';
import { formatMoment } from './moment.ts';
import { formatAge, formatTable } from './print-table.ts';
import { printable } from './printable.ts';

type Family = NonNullable<DescribedPort['detail']>['families'][number];
type Out = ExplanationDocument['steps'][number]['out'][number];

/** So many of one port are printed; `get endpoints` has all. */
const MAX_ENDPOINTS = 20;

/** The lines, with the clock at `nowMs`. */
export function formatDescription(description: Description, nowMs: number): string {
  const { ports, changes } = description;
  return [
    headOf(description, nowMs),
    ...ports.map((port) => formatPort(port, description, nowMs)),
    `Changes:${changes.length === 0 ? '   <none>\n' : `\n${indent(formatChanges(changes, nowMs))}`}`,
  ].join('\n');
}

function headOf(description: Description, nowMs: number): string {
  const { service, ports } = description;
  const { namespace, name, type, clusterIPs, routable, total, unrouted, connections, generation, ageSeconds } = service;
  const routed = unrouted === '' ? `${routable} of ${total} endpoints` : `not routed: ${unrouted}`;
  const slices = new Set(ports.flatMap(({ detail }) => detail?.slices ?? []));
  return [
    fieldOf('Name', [`${namespace}/${name}`]),
    fieldOf('Type', [type]),
    fieldOf('Cluster IPs', [clusterIPs.join(', ') || '<none>']),
    fieldOf('Routed', [`${routed}, rev ${generation}, ${formatAge(ageSeconds)} ago`]),
    fieldOf('Flows', [String(connections)]),
    fieldOf('Slices', [[...slices].join(', ') || '<none>']),
    ...extrasOf(description, nowMs),
  ].join('');
}

/** What most Services have not. */
function extrasOf({ service, annotations, overrides, faults, ports }: Description, nowMs: number): readonly string[] {
  const conflicts = new Map(ports.flatMap(({ detail }) => detail?.conflicts ?? []).map((one) => [one.frontend, one]));
  const overridden = overrides.map(({ port, target, match, fallback, until }) => {
    const share = match === '' ? '' : ` (${match})`;
    return `${port || 'every port'} -> ${target}${share}, fallback ${fallback}, until ${formatMoment(until, nowMs)}`;
  });
  const faulty = faults.map(({ port, fault, until }) => {
    return `${port || 'every port'}: ${fault}, until ${formatMoment(until, nowMs)}`;
  });
  return [
    fieldOf('External IPs', [service.externalIPs.join(', ')]),
    fieldOf(
      'Annotations',
      Object.entries(annotations).map(([name, value]) => `${name}=${String(value)}`),
    ),
    fieldOf('Overrides', overridden),
    fieldOf('Faults', faulty),
    fieldOf(
      'Conflicts',
      [...conflicts.values()].map(({ frontend, owner }) => `${frontend} is of ${owner}`),
    ),
  ];
}

/** Several values stand below each other; without any there is no line. */
function fieldOf(name: string, values: readonly string[]): string {
  const filled = values.filter((value) => value !== '').map(printable);
  return filled.map((value, index) => `${(index === 0 ? `${name}:` : '').padEnd(16)}${value}\n`).join('');
}

/** A part for each family; a port that is not routed has none, and yet a reason. */
function formatPort({ port, detail, explanations }: DescribedPort, all: Description, nowMs: number): string {
  const families = detail?.families ?? [];
  const title = `Port ${printable(port)}`;
  if (families.length === 0) return `${title}:\n${explanations.map((one) => verdictOf(one, nowMs)).join('')}`;
  return families
    .map((family, index) => {
      const explanation = explanations[index];
      const name = families.length > 1 ? ` ${family.family}` : '';
      const verdict = explanation ? verdictOf(explanation, nowMs) : '';
      return `${title}${name}:\n${indent(formatFamily(family, all.ejections))}${verdict}`;
    })
    .join('');
}

function formatFamily(family: Family, ejections: Description['ejections']): string {
  const { frontends, endpoints, port } = family;
  const sockets = frontends.map(({ frontend, kind, state, reason, error, bound, connections }) => {
    const why = [state, reason, error].filter((text) => text !== '').join(': ');
    return [frontend, kind, why, bound, String(connections)];
  });
  const shown = endpoints.slice(0, MAX_ENDPOINTS);
  const rows = shown.map((endpoint) => {
    const ejection = ejections.find((one) => one.endpoint === endpoint.endpoint && one.port === port);
    return endpointCells(endpoint, ejection?.remainingSeconds ?? -1);
  });
  const more = endpoints.length - shown.length;
  return [
    `${printable(rulesOf(family))}\n`,
    sockets.length === 0 ? '' : formatTable(FRONTEND_HEADERS, sockets),
    rows.length === 0 ? '' : formatTable(ENDPOINT_HEADERS, rows),
    more > 0 ? `… and ${more} more: svclane get endpoints has them all\n` : '',
  ].join('');
}

const FRONTEND_HEADERS = ['FRONTEND', 'KIND', 'STATE', 'BOUND', 'CONNS'];
const ENDPOINT_HEADERS = ['ENDPOINT', 'POD', 'NODE', 'ZONE', 'STATE', 'ELIGIBLE', 'CONNS', 'NOTE'];

/** By what an endpoint is chosen. */
function rulesOf(family: Family): string {
  const { algorithm, affinity, internalTrafficPolicy, externalTrafficPolicy, topology, sourceRanges } = family;
  return [
    algorithm || 'no algorithm',
    `affinity ${affinity}`,
    `policy ${internalTrafficPolicy} inside, ${externalTrafficPolicy} from outside`,
    `hints ${topology.reason === '' ? topology.mode : `${topology.mode} (${topology.reason})`}`,
    ...(sourceRanges.length === 0 ? [] : [`clients of ${sourceRanges.join(' ')} alone`]),
  ].join(', ');
}

function endpointCells(row: Family['endpoints'][number], leftSeconds: number): readonly string[] {
  const { endpoint, pod, node, zone, ready, terminating, eligible, excluded, connections } = row;
  const state = terminating ? 'terminating' : ready ? 'ready' : 'not ready';
  const left = leftSeconds < 0 ? '' : ` ${formatAge(leftSeconds)} left`;
  const note = excluded === '' ? '-' : `${excluded}${left}`;
  return [endpoint, pod, node, zone, state, eligible ? 'yes' : 'no', String(connections), note];
}

/** What a client in the cluster gets, and what stands in the way of the rest. */
function verdictOf(explanation: ExplanationDocument, nowMs: number): string {
  const { routable, reason, message, steps, wouldWorkIf, lastRoutable } = explanation;
  const outs = steps.flatMap(({ out }) => out);
  const shown = outs.slice(0, MAX_ENDPOINTS).map((out) => ['  out', subjectOf(out), out.code, fieldText(out, nowMs)]);
  const more = outs.length - shown.length;
  const [remedy] = wouldWorkIf;
  return [
    routable ? '' : `  No endpoint for clients in the cluster: ${printable(`${reason}: ${message}`)}\n`,
    formatTable([], shown),
    more > 0 ? `  … and ${more} more: svclane explain has them all\n` : '',
    remedy
      ? `  would work if ${printable(`${remedy.object} ${remedy.path}=${remedy.value}`)}: svclane explain says more\n`
      : '',
    !routable && lastRoutable
      ? `  last routable: rev ${lastRoutable.generation}, ${formatMoment(lastRoutable.time, nowMs)}\n`
      : '',
  ].join('');
}

function subjectOf({ subject, pod }: Out): string {
  return pod === '' ? subject : `${subject} (${pod})`;
}

function fieldText({ object, path, value, since }: Out, nowMs: number): string {
  const from = since === undefined ? '' : ` since ${formatMoment(since, nowMs)}`;
  return `${object} ${path === '' ? `owner=${value}` : `${path}=${value}`}${from}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
