import fc from 'fast-check';
import t from 'tap';
import { deepEqual } from '../../src/lib/deep-equal.ts';
import type { PersistentMap } from '../../src/lib/persistent-map.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Route, RoutingTable, ServicePort, TableDiff } from '../../src/model/route.ts';
import { type ClusterState, createClusterState } from '../../src/routing/cluster-state.ts';
import { decide } from '../../src/routing/decide.ts';
import { diffServicePorts, diffTables } from '../../src/routing/diff.ts';
import { joinSlices } from '../../src/routing/join-slices.ts';
import { buildTable, emptyTable } from '../../src/routing/table.ts';
import { holds } from '../fixtures/property.ts';
import { decoded, nextTable, nodeContext, rawSliceOf, sliceOf } from '../fixtures/routing.ts';
import { anyEndpoint, anyEvent, type ClusterEvent } from '../fixtures/routing-arbitraries.ts';

const NODE = nodeContext({
  zone: 'z1',
  lanes: [
    { namespace: 'shop', service: 'web', port: 'http', protocol: 'TCP', address: '127.0.0.1', localPort: 0 },
    { namespace: 'shop', service: 'api', port: 80, protocol: 'TCP', address: '10.96.0.1', localPort: 80 },
  ],
});
const TARGET = { family: 'IPv4', portName: 'http', protocol: 'TCP', nodeName: 'node-a' } as const;
const history = fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), { maxLength: 12 });

function play(state: ClusterState, events: readonly ClusterEvent[]): void {
  for (const event of events) {
    if (event.op === 'apply') state.apply(decoded(event.raw));
    else state.delete(event.kind, 'shop', event.name);
  }
}

/** Every table of a history, built one from the other. */
function tablesOf(
  batches: readonly (readonly ClusterEvent[])[],
  state = createClusterState({ serviceProxyName: '' }),
): RoutingTable[] {
  const tables = [emptyTable(NODE)];
  for (const batch of batches) {
    play(state, batch);
    tables.push(nextTable(state, tables.at(-1) ?? emptyTable(NODE)));
  }
  return tables;
}

t.test('a table built change by change equals one built from scratch', async (t) => {
  holds(
    t,
    fc.property(history, (batches) => {
      const state = createClusterState({ serviceProxyName: '' });
      const table = tablesOf(batches, state).at(-1) ?? emptyTable(NODE);
      const { services, slices } = state.snapshot();
      const all = [...services.entries(), ...slices.entries()].map(([key]) => key);
      const scratch = buildTable(emptyTable(NODE), state.snapshot(), all, NODE);
      return (
        isSame(table.services, scratch.services) &&
        isSame(table.routes, scratch.routes) &&
        isSame(table.contested, scratch.contested)
      );
    }),
    500,
  );
});

t.test('the difference of two tables, applied to the first, gives the second', async (t) => {
  holds(
    t,
    fc.property(history, (batches) => {
      const tables = tablesOf(batches);
      const [first] = tables;
      const last = tables.at(-1);
      const pairs = [...tables.slice(1).map((table, index) => [tables[index], table] as const), [first, last] as const];
      return pairs.every(([before, after]) => !before || !after || isPatched(before, after));
    }),
    300,
  );
});

t.test('every route of a table is the very route of its owner, and its ServicePort one of the owner’s', async (t) => {
  holds(
    t,
    fc.property(history, (batches) => {
      const table = tablesOf(batches).at(-1) ?? emptyTable(NODE);
      const owned = [...table.services.values()].flatMap(({ routes, ports }) => {
        return routes.map(
          (route) => table.routes.get(route.frontend.key) === route && ports.includes(route.servicePort),
        );
      });
      return owned.every(Boolean) && owned.length === table.routes.size;
    }),
    300,
  );
});

t.test('no endpoint is ever chosen that is not in the slices of the Service, or could not serve', async (t) => {
  const clients = fc.constantFrom('pod' as const, 'node' as const, 'external' as const);
  holds(
    t,
    fc.property(history, clients, (batches, clientClass) => {
      const state = createClusterState({ serviceProxyName: '' });
      const table = tablesOf(batches, state).at(-1) ?? emptyTable(NODE);
      const { slices } = state.snapshot();
      return [...table.routes.values()].every(({ frontend, servicePort, listens }) => {
        const { address: destinationAddress, port: destinationPort, protocol } = frontend;
        const query = { destinationAddress, destinationPort, protocol, sourceAddress: '203.0.113.1', clientClass };
        const { endpoints } = decide(table, query);
        const own = slices.get(`${servicePort.namespace}/${servicePort.service}`) ?? [];
        const known = new Set(own.flatMap((slice) => slice.endpoints.map(({ address }) => address)));
        return (
          endpoints.every((endpoint) => known.has(endpoint.address) && mayServe(endpoint)) &&
          (listens || endpoints.length === 0)
        );
      });
    }),
    300,
  );
});

t.test('slices in any order give one table', async (t) => {
  const slices = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(anyEndpoint, { maxLength: 4 })), {
    selector: ([number]) => number,
    maxLength: 6,
  });
  holds(
    t,
    fc.property(
      slices.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        const tables = [list, shuffled].map((order) => {
          const events = order.map(([number, endpoints]) => ({
            op: 'apply' as const,
            raw: rawSliceOf('web', `s${number}`, endpoints),
          }));
          return tablesOf([[{ op: 'apply', raw: SERVICE }, ...events]]).at(-1);
        });
        return isSame(tables[0]?.services, tables[1]?.services) && isSame(tables[0]?.routes, tables[1]?.routes);
      },
    ),
  );
});

t.test('slices in any split give the same endpoints', async (t) => {
  const endpoints = fc.uniqueArray(anyEndpoint, {
    selector: (endpoint) => JSON.stringify(endpoint.addresses),
    maxLength: 10,
  });
  holds(
    t,
    fc.property(endpoints, fc.array(fc.nat(2), { minLength: 10, maxLength: 10 }), (list, parts) => {
      const whole = joinSlices([sliceOf(rawSliceOf('web', 's', list))], TARGET);
      const split = [0, 1, 2].map((part) => list.filter((_, index) => parts[index] === part));
      const joined = joinSlices(
        split.map((some, index) => sliceOf(rawSliceOf('web', `s${index}`, some))),
        TARGET,
      );
      return deepEqual(whole.map(withoutPlace), joined.map(withoutPlace));
    }),
  );
});

const SERVICE = {
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'web' },
  spec: { clusterIP: '10.96.0.1', ports: [{ name: 'http', port: 80 }] },
};

function withoutPlace({ sliceName, sliceIndex, ...rest }: Endpoint): Partial<Endpoint> {
  return rest;
}

function mayServe({ ready, serving, terminating }: Endpoint): boolean {
  return ready || (serving && terminating);
}

function isPatched(before: RoutingTable, after: RoutingTable): boolean {
  const diff = diffTables(before, after);
  const patched = applyDiff(before, diff);
  const isOne =
    patched.size === after.routes.size && [...patched].every(([key, route]) => after.routes.get(key) === route);
  return (
    isOne &&
    isPortsPatched(before, after) &&
    diff.services.every((key) => before.services.get(key) !== after.services.get(key))
  );
}

function applyDiff(before: RoutingTable, { added, removed, changed }: TableDiff): ReadonlyMap<string, Route> {
  const routes = new Map(before.routes.entries());
  for (const { frontend } of removed) routes.delete(frontend.key);
  for (const route of added) routes.set(route.frontend.key, route);
  for (const { after } of changed) routes.set(after.frontend.key, after);
  return routes;
}

function isPortsPatched(before: RoutingTable, after: RoutingTable): boolean {
  const patched = portsOf(before);
  for (const { before: old, after: now } of diffServicePorts(before, after)) {
    if (old) patched.delete(old.key);
    if (now) patched.set(now.key, now);
  }
  const expected = portsOf(after);
  return patched.size === expected.size && [...patched].every(([key, port]) => expected.get(key) === port);
}

function portsOf(table: RoutingTable): Map<string, ServicePort> {
  return new Map([...table.services.values()].flatMap(({ ports }) => ports.map((port) => [port.key, port] as const)));
}

function isSame<V>(a: PersistentMap<V> | undefined, b: PersistentMap<V> | undefined): boolean {
  return a !== undefined && b !== undefined && deepEqual([...a.entries()], [...b.entries()]);
}
