/**
 * Runs cases of kind `topology`: which endpoints are eligible, and what each class of client gets.
 */

import type { Endpoint } from '../../../src/model/endpoint.ts';
import type { FrontendKind, RoutingTable } from '../../../src/model/route.ts';
import type { ClientClass } from '../../../src/routing/client-class.ts';
import { decide } from '../../../src/routing/decide.ts';
import type { RouteDecision, ServiceQuery } from '../../../src/routing/decision.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { compare, compareSets, ifExpected } from './compare.ts';
import { recordOf, stringOf } from './json-fields.ts';
import { familyOfInput, nodeOf, protocolOf, stateOf, tableOf } from './vector-cluster.ts';

const EXTERNAL_KINDS: readonly FrontendKind[] = ['nodePort', 'externalIP', 'loadBalancerIP'];

/** The mismatches of one case; empty = passed. */
export function run({ input, expect, features }: VectorCase): string[] {
  const gates = features?.PreferSameTrafficDistribution === false ? { nodeHints: false } : {};
  const node = nodeOf(input, { nodeIPs: [], nodePortIPs: ['192.0.2.1', '2001:db8::1'], ...gates });
  const state = stateOf({ ...input, services: [input.service] });
  const table = tableOf(state, node);
  const query = queryOf(input);
  const port = decide(table, query).route?.servicePort;
  if (!port) return ['the Service has no such port in this family'];
  const reachable = [...new Set([...(port.clusterEndpoints ?? []), ...(port.localEndpoints ?? [])])];
  const external = externalKindOf(table, query);
  const got: JsonRecord = {
    clusterEndpoints: keysOf(port.clusterEndpoints),
    localEndpoints: keysOf(port.localEndpoints),
    allReachableEndpoints: keysOf(reachable),
    hasAnyEndpoints: port.hasAnyEndpoints,
    onlyRemoteEndpoints: port.hasAnyEndpoints && reachable.length === 0,
    internal: verdict(table, query, 'clusterIP', 'pod'),
    external: verdict(table, query, external, 'external'),
    externalFromInsideCluster: verdict(table, query, external, 'pod'),
  };
  return Object.entries(expect).flatMap(([field, expected]) => compareField(field, got[field], expected));
}

function compareField(field: string, actual: unknown, expected: unknown): string[] {
  if (Array.isArray(expected) || expected === null) return compareSets(field, actual, expected);
  if (typeof expected !== 'object') return compare(field, actual, expected);
  const { action, endpoints } = recordOf(actual);
  const wanted = recordOf(expected);
  return [
    ...compare(`${field}.action`, action, wanted.action),
    ...ifExpected(wanted.endpoints, () => compareSets(`${field}.endpoints`, endpoints, wanted.endpoints)),
  ];
}

function queryOf(input: JsonRecord): ServiceQuery {
  const metadata = recordOf(recordOf(input.service).metadata);
  return {
    namespace: stringOf(metadata.namespace),
    service: stringOf(metadata.name),
    port: stringOf(input.portName),
    protocol: protocolOf(input.protocol),
    family: familyOfInput(input),
  };
}

function externalKindOf(table: RoutingTable, query: ServiceQuery): FrontendKind | undefined {
  return EXTERNAL_KINDS.find((kind) => decide(table, { ...query, kind }).route !== undefined);
}

function verdict(
  table: RoutingTable,
  query: ServiceQuery,
  kind: FrontendKind | undefined,
  clientClass: ClientClass,
): { readonly action: RouteDecision['action']; readonly endpoints: readonly string[] | null } | null {
  if (!kind) return null;
  const { action, endpoints } = decide(table, { ...query, kind, clientClass });
  return { action, endpoints: keysOf(endpoints) };
}

function keysOf(endpoints: readonly Endpoint[] | undefined): string[] | null {
  return endpoints?.map(({ key }) => key) ?? null;
}
