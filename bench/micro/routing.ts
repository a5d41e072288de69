/**
 * Routing: the verdict on a client, the first table, and one change in a small and in a large cluster.
 */

import type { RoutingTable } from '../../src/model/route.ts';
import { decide } from '../../src/routing/decide.ts';
import { decideRoute } from '../../src/routing/decide-route.ts';
import { diffTables } from '../../src/routing/diff.ts';
import { buildTable, emptyTable } from '../../src/routing/table.ts';
import { clusterIP, clusterOf, NODE, nextTable, sliceAt } from './cluster.ts';
import { type Timing, time } from './stopwatch.ts';

const MANY = 10_000;
const SOURCE = '10.244.1.9';

export function timeRouting(): readonly Timing[] {
  const table = nextTable(clusterOf(MANY));
  return [...timeDecide(table), timeBuild(), timeFullDiff(table), timeChange(1_000), timeChange(MANY)];
}

function timeDecide(table: RoutingTable): readonly Timing[] {
  const queries = Array.from({ length: 1024 }, (_, index) => ({
    destinationAddress: clusterIP(index * 9),
    destinationPort: 80,
    protocol: 'TCP' as const,
    sourceAddress: SOURCE,
  }));
  const routes = [...table.routes.values()].slice(0, 1024);
  return [
    time('decide: address and client to verdict', (index) => {
      const query = queries[index & 1023];
      return query && decide(table, query);
    }),
    time('decideRoute: the part of it that each flow runs', (index) => {
      const route = routes[index & 1023];
      return route && decideRoute(route, SOURCE, 'pod');
    }),
  ];
}

function timeBuild(): Timing {
  const state = clusterOf(MANY);
  const keys = state.takeDirty().services;
  const snapshot = state.snapshot();
  return time(`buildTable: the first one, ${MANY} Services of 10 endpoints`, () => buildAll(snapshot, keys));
}

function buildAll(snapshot: Parameters<typeof buildTable>[1], keys: ReadonlySet<string>): RoutingTable {
  return buildTable(emptyTable(NODE), snapshot, keys, NODE);
}

function timeFullDiff(table: RoutingTable): Timing {
  const before = emptyTable(NODE);
  return time(`diffTables: nothing to ${MANY} Services`, () => diffTables(before, table));
}

/** From a decoded slice to the difference that listeners follow. */
function timeChange(services: number): Timing {
  const state = clusterOf(services);
  const slices = [sliceAt(17, 1), sliceAt(17, 2)];
  let table = nextTable(state);
  return time(`one slice change: apply, build, diff, at ${services} Services`, (index) => {
    const slice = slices[index & 1];
    if (slice) state.apply(slice);
    const before = table;
    table = nextTable(state, before);
    return diffTables(before, table);
  });
}
