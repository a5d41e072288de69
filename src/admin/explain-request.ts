/**
 * What `explain` is asked: from the texts of a person to a query on a table.
 */

import { type Static, Type } from 'typebox';
import { parseHostPort } from '../config/host-port.ts';
import { nearestNames } from '../config/nearest.ts';
import { IP_FAMILIES, type IpFamily, type Protocol, parseAddress } from '../model/address.ts';
import type { RoutingTable } from '../model/route.ts';
import { type ServicePortSpec, serviceKey } from '../model/service.ts';
import type { DecisionQuery } from '../routing/decision.ts';
import { HttpProblem } from './http-problem.ts';
import { SERVICE_FILTER } from './page.ts';

/**
 * A client of a Service, or of an address. `port` is `http`, `80` or `53/udp`; `from` the client's address; `node` the
 * node that it is on; `family` is `IPv4` or `IPv6`; `to` is `ADDRESS:PORT[/udp]` instead of a Service; `at` a revision or a time.
 */
export const EXPLAIN_QUERY = Type.Object({
  ...SERVICE_FILTER,
  port: Type.Optional(Type.String({ maxLength: 64 })),
  from: Type.Optional(Type.String({ maxLength: 64 })),
  node: Type.Optional(Type.String({ maxLength: 253 })),
  family: Type.Optional(Type.String({ maxLength: 8 })),
  to: Type.Optional(Type.String({ maxLength: 128 })),
  at: Type.Optional(Type.String({ maxLength: 64 })),
});

export type ExplainRequest = Static<typeof EXPLAIN_QUERY>;

/**
 * The query that is meant. Throws a problem: `SVC_NOT_FOUND` with the nearest names, `PORT_AMBIGUOUS` with the choices,
 * `BAD_REQUEST` for what cannot be read.
 */
export function parseExplainRequest(table: RoutingTable, request: ExplainRequest): DecisionQuery {
  const { namespace = 'default', service, from, to } = request;
  const sourceAddress = from === undefined ? undefined : parseAddress(from);
  if (from !== undefined && sourceAddress === undefined) throw wrong('from: no IP address');
  const source: { readonly sourceAddress?: string } = sourceAddress === undefined ? {} : { sourceAddress };
  if (to !== undefined) return { ...parseDestination(to), ...source };
  if (service === undefined || service === '') throw wrong('service or to: one of them is needed');
  const found = table.services.get(serviceKey(namespace, service));
  if (!found) throw missingService(table, namespace, service);
  const family = parseFamily(request.family);
  const port = askedPort(found.service.ports, request.port, service);
  return { namespace, service, ...port, ...source, ...(family && { family }) };
}

function parseFamily(text: string | undefined): IpFamily | undefined {
  const family = IP_FAMILIES.find((known) => known.toLowerCase() === text?.toLowerCase());
  if (text !== undefined && !family) throw wrong('family: must be IPv4 or IPv6');
  return family;
}

function parseDestination(
  text: string,
): Pick<Extract<DecisionQuery, { destinationAddress: string }>, 'destinationAddress' | 'destinationPort' | 'protocol'> {
  const { rest, protocol = 'TCP' } = splitProtocol(text);
  const target = parseHostPort(rest);
  if (!target || target.port === 0) throw wrong('to: must be ADDRESS:PORT or ADDRESS:PORT/udp');
  return { destinationAddress: target.address, destinationPort: target.port, protocol };
}

/** The port that is asked for; one that the Service does not have is for `decide` to tell. */
function askedPort(
  ports: readonly ServicePortSpec[],
  asked: string | undefined,
  service: string,
): { readonly port?: string | number; readonly protocol?: Protocol } {
  const { rest, protocol } = splitProtocol(asked ?? '');
  const number = /^\d+$/.test(rest) ? Number(rest) : undefined;
  const matching = ports.filter((spec) => {
    if (protocol !== undefined && spec.protocol !== protocol) return false;
    return rest === '' || spec.name === rest || spec.port === number;
  });
  if (matching.length > 1) {
    const choices = matching.map((spec) => `${service}:${spec.name || spec.port}/${spec.protocol.toLowerCase()}`);
    throw new HttpProblem(400, 'PORT_AMBIGUOUS', `which port of ${service}?`, `one of svc/${choices.join(', svc/')}`);
  }
  const [only] = matching;
  if (only) return { port: only.name || only.port, protocol: only.protocol };
  return { ...(rest !== '' && { port: number ?? rest }), ...(protocol && { protocol }) };
}

/** Takes `53/udp` or `53@udp` apart. */
export function splitProtocol(text: string): { readonly rest: string; readonly protocol?: Protocol } {
  const [, rest = text, protocol] = /^(.*)[/@](tcp|udp|sctp)$/i.exec(text) ?? [];
  const found = (['TCP', 'UDP', 'SCTP'] as const).find((known) => known === protocol?.toUpperCase());
  return found ? { rest, protocol: found } : { rest };
}

/** More do not help whoever mistyped one. */
const MAX_NAMES = 3;

/** The problem of a Service that is not there: it names the nearest, and namespaces that have one of this name. */
export function missingService(table: RoutingTable, namespace: string, service: string): HttpProblem {
  const elsewhere: string[] = [];
  for (const { service: known } of table.services.values()) if (known.name === service) elsewhere.push(known.namespace);
  const near = nearNames(table, namespace, service);
  const last = near.at(-1);
  const meant = near.length > 1 ? `${near.slice(0, -1).join(', ')} or ${last}` : last;
  const hints = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    ...elsewhere
      .sort()
      .slice(0, MAX_NAMES)
      .map((other) => `svc/${service} -n ${other} is there`),
  ];
  const hint = hints.join('; ') || 'svclane get services shows all; -n chooses the namespace';
  return new HttpProblem(404, 'SVC_NOT_FOUND', `there is no Service "${service}" in namespace "${namespace}"`, hint);
}

/** Of this namespace; where it has none that is near, of the others. */
function nearNames(table: RoutingTable, namespace: string, service: string): readonly string[] {
  const here: string[] = [];
  const elsewhere: string[] = [];
  for (const { service: known } of table.services.values()) {
    if (known.namespace === namespace) here.push(known.name);
    else if (known.name !== service) elsewhere.push(known.name);
  }
  const near = nearestNames(service, here.sort(), MAX_NAMES).map((name) => `svc/${name}`);
  if (near.length > 0) return near;
  const names = new Set(nearestNames(service, [...new Set(elsewhere)].sort(), MAX_NAMES));
  const found = [...table.services.values()].map((routes) => routes.service).filter(({ name }) => names.has(name));
  return found.slice(0, MAX_NAMES).map((known) => `svc/${known.name} -n ${known.namespace}`);
}

function wrong(message: string): HttpProblem {
  return new HttpProblem(400, 'BAD_REQUEST', message);
}
