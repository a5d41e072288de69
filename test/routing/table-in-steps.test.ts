import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { NodeContext, RoutingTable } from '../../src/model/route.ts';

import { type ClusterState, createClusterState } from '../../src/routing/cluster-state.ts';
import { buildInSteps, buildTable, emptyTable } from '../../src/routing/table.ts';
import { holds } from '../fixtures/property.ts';
import { decoded, nodeContext, rawEndpoint, rawService, rawSliceOf } from '../fixtures/routing.ts';
import { anyEvent, type ClusterEvent } from '../fixtures/routing-arbitraries.ts';

const NODE = nodeContext({ zone: 'z1' });
const NODES: readonly NodeContext[] = [NODE, nodeContext({ zone: 'z2' }), nodeContext({ nodeName: 'node-b' })];

function play(state: ClusterState, events: readonly ClusterEvent[]): ReadonlySet<string> {
  for (const event of events) {
    if (event.op === 'apply') state.apply(decoded(event.raw));
    else state.delete(event.kind, 'shop', event.name);
  }
  return state.takeDirty().services;
}

/** The table, and the steps that it took. */
function run(steps: Generator<undefined, RoutingTable>): { readonly table: RoutingTable; readonly pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = steps.next();
    if (done) return { table: value, pauses };
  }
}

function contentOf({ generation, node, services, routes, contested }: RoutingTable): unknown {
  const sorted = (map: { entries(): Iterable<readonly [string, unknown]> }): unknown[] =>
    [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return [generation, node, sorted(services), sorted(routes), sorted(contested)];
}

t.test('a table built in steps of one Service is the table that is built at once, on whatever node', async (t) => {
  const batch = fc.tuple(fc.array(anyEvent, { maxLength: 6 }), fc.constantFrom(...NODES));
  holds(
    t,
    fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
      const state = createClusterState({ serviceProxyName: '' });
      let atOnce = emptyTable(NODE);
      let inSteps = emptyTable(NODE);
      for (const [events, node] of batches) {
        const dirty = play(state, events);
        atOnce = buildTable(atOnce, state.snapshot(), dirty, node);
        inSteps = run(buildInSteps(inSteps, state.snapshot(), dirty, node, 1)).table;
        assert.deepStrictEqual(contentOf(inSteps), contentOf(atOnce));
      }
    }),
  );
});

t.test('there is a pause between two steps, and none where one step is enough', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const state = createClusterState({ serviceProxyName: '' });
  for (const name of names) {
    state.apply(decoded(rawService({}, { name })));
    state.apply(decoded(rawSliceOf(name, `${name}-1`, [rawEndpoint('10.0.0.1')])));
  }
  const { services: dirty } = state.takeDirty();
  const run5 = (step: number) => run(buildInSteps(emptyTable(NODE), state.snapshot(), dirty, NODE, step));
  t.ok(run5(1).pauses > run5(2).pauses && run5(2).pauses > 0);
  t.equal(run5(200).pauses, 0);
  t.equal(run5(1).table.generation, 1);
});

t.test('where nothing changed the table before is the table after', async (t) => {
  const state = createClusterState({ serviceProxyName: '' });
  const before = buildTable(emptyTable(NODE), state.snapshot(), play(state, []), NODE);
  for (const name of ['a', 'b', 'c']) state.apply(decoded(rawService({}, { name })));
  const { services: dirty } = state.takeDirty();
  const { table } = run(buildInSteps(before, state.snapshot(), dirty, NODE, 1));
  t.equal(run(buildInSteps(table, state.snapshot(), dirty, NODE, 1)).table, table);
});
