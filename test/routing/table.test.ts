import t from 'tap';
import { buildTable, emptyTable } from '../../src/routing/table.ts';
import {
  CONDITIONS,
  decoded,
  nextTable,
  nodeContext,
  rawEndpoint,
  rawService,
  rawSlice,
  rawSliceOf,
  stateWith,
  tableWith,
} from '../fixtures/routing.ts';

type Json = Record<string, unknown>;

const api = (spec: Json = {}, metadata: Json = {}): Json =>
  rawService({ clusterIP: '10.96.0.16', clusterIPs: ['10.96.0.16'], ...spec }, { name: 'api', ...metadata });

t.test('the empty table is generation 0, and the first one 1, even of an empty cluster', async (t) => {
  const empty = emptyTable(nodeContext());
  t.equal(empty.generation, 0);
  const first = nextTable(stateWith([]), empty);
  t.equal(first.generation, 1);
  t.equal(first.services.size + first.routes.size + first.contested.size, 0);
});

t.test('a table has the routes of its Services', async (t) => {
  const table = tableWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1')]), api()]);
  t.match(table.routes.get('10.96.0.15:80/TCP'), { listens: true, frontend: { kind: 'clusterIP' } });
  t.match(table.routes.get('10.96.0.16:80/TCP'), { listens: false });
  t.same([...table.services.entries()].map(([key]) => key).sort(), ['shop/api', 'shop/web']);
});

t.test('a Service that is not routed is in the table, with the reason', async (t) => {
  const table = tableWith([rawService({ type: 'ExternalName' }), api({ clusterIP: 'None', clusterIPs: ['None'] })]);
  t.match(table.services.get('shop/web'), { unrouted: 'SVC_EXTERNALNAME', ports: [], routes: [] });
  t.match(table.services.get('shop/api'), { unrouted: 'SVC_HEADLESS', ports: [], routes: [] });
});

t.test('a change of one Service leaves all others as they were', async (t) => {
  const state = stateWith([
    rawService(),
    rawSlice('a', [rawEndpoint('10.0.0.1')]),
    api(),
    rawSliceOf('api', 'b', [rawEndpoint('10.0.1.1')]),
  ]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1'), rawEndpoint('10.0.0.2')])));
  const after = nextTable(state, before);
  t.equal(after.generation, 2);
  t.equal(after.services.get('shop/api'), before.services.get('shop/api'));
  t.equal(after.routes.get('10.96.0.16:80/TCP'), before.routes.get('10.96.0.16:80/TCP'));
  t.not(after.routes.get('10.96.0.15:80/TCP'), before.routes.get('10.96.0.15:80/TCP'));
  const [old, now] = [before, after].map((table) => table.services.get('shop/web')?.ports[0]);
  t.equal(now?.endpoints[0], old?.endpoints[0], 'the endpoint that stays is the same object');
});

t.test('a port that did not change keeps its route when another port of its Service does', async (t) => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'admin', port: 81 },
  ];
  const state = stateWith([rawService({ ports })]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1')])));
  const after = nextTable(state, before);
  t.not(after.routes.get('10.96.0.15:80/TCP'), before.routes.get('10.96.0.15:80/TCP'));
  t.equal(after.routes.get('10.96.0.15:81/TCP'), before.routes.get('10.96.0.15:81/TCP'));
});

t.test('where nothing differs the table is the same, also when it was dirty in between', async (t) => {
  const state = stateWith([rawService()]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.delete('Service', 'shop', 'web');
  state.apply(decoded(rawService()));
  t.equal(nextTable(state, before), before);
  t.equal(nextTable(state, before, nodeContext()), before, 'an equal node context is no change');
});

t.test('a deleted Service takes its routes with it', async (t) => {
  const state = stateWith([rawService()]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.delete('Service', 'shop', 'web');
  const after = nextTable(state, before);
  t.equal(after.routes.size, 0);
  t.equal(after.services.size, 0);
});

t.test('a changed node context builds every Service anew', async (t) => {
  const state = stateWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-b' })])]);
  const before = nextTable(state, emptyTable(nodeContext()));
  const after = nextTable(state, before, nodeContext({ nodeName: 'node-b' }));
  t.equal(after.services.get('shop/web')?.ports[0]?.endpoints[0]?.isLocal, true);
  t.same(after.services.get('shop/web')?.localReadyIPs, ['10.0.0.1']);
  t.equal(after.node.nodeName, 'node-b');
});

t.test('relabelling to another proxy takes the routes away, and back gives them again', async (t) => {
  const state = stateWith([rawService()]);
  const first = nextTable(state, emptyTable(nodeContext()));
  state.apply(decoded(rawService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } })));
  const second = nextTable(state, first);
  t.equal(second.routes.size, 0);
  state.apply(decoded(rawService()));
  t.equal(nextTable(state, second).routes.size, 1);
});

const older = { creationTimestamp: '2023-01-01T00:00:00Z' };
const SAME = { clusterIP: '10.96.0.15', clusterIPs: ['10.96.0.15'] };

const OWNERS: readonly (readonly [name: string, web: Json, api: Json, owner: string])[] = [
  ['the older Service', {}, older, 'shop/api'],
  ['the older Service, the other way round', older, {}, 'shop/web'],
  ['of the same age the one with the smaller key', {}, {}, 'shop/api'],
];

for (const [name, web, other, owner] of OWNERS) {
  t.test(`a frontend that two claim belongs to ${name}, in whatever order they came`, async (t) => {
    const objects = [rawService({}, web), api(SAME, other)];
    for (const order of [objects, objects.toReversed()]) {
      const state = stateWith([]);
      let table = emptyTable(nodeContext());
      for (const object of order) {
        state.apply(decoded(object));
        table = nextTable(state, table);
      }
      const loser = owner === 'shop/web' ? 'shop/api' : 'shop/web';
      t.equal(`shop/${table.routes.get('10.96.0.15:80/TCP')?.servicePort.service}`, owner);
      t.match(table.services.get(loser), {
        routes: [],
        conflicts: [{ frontend: { key: '10.96.0.15:80/TCP' }, owner }],
      });
      t.same(table.services.get(owner)?.conflicts, []);
      t.same(table.contested.get('10.96.0.15:80/TCP'), [owner, loser]);
    }
  });
}

t.test('when the owner goes the next claimant has the frontend in the same table', async (t) => {
  const third = api(SAME, { name: 'third', creationTimestamp: '2025-01-01T00:00:00Z' });
  const state = stateWith([rawService({}, older), api(SAME), third]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.delete('Service', 'shop', 'web');
  const after = nextTable(state, before);
  t.equal(after.routes.get('10.96.0.15:80/TCP')?.servicePort.service, 'api');
  t.same(after.services.get('shop/api')?.conflicts, []);
  t.match(after.services.get('shop/third')?.conflicts, [{ owner: 'shop/api' }]);
});

t.test('a node port is handed from one Service to another in one table', async (t) => {
  const nodePort = (number: number) => ({ type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: number }] });
  const state = stateWith([rawService(nodePort(30_080)), api(nodePort(30_081))]);
  const before = nextTable(state, emptyTable(nodeContext()));
  state.apply(decoded(rawService(nodePort(30_081))));
  state.apply(decoded(api(nodePort(30_080))));
  const after = nextTable(state, before);
  t.equal(after.routes.get('192.168.0.2:30080/TCP')?.servicePort.service, 'api');
  t.equal(after.routes.get('192.168.0.2:30081/TCP')?.servicePort.service, 'web');
  t.equal(after.contested.size, 0);
});

t.test('one number serves TCP and UDP', async (t) => {
  const ports = [
    { name: 'dns', port: 53, nodePort: 30_053 },
    { name: 'dns', port: 53, nodePort: 30_053, protocol: 'UDP' },
  ];
  const table = tableWith([rawService({ ports })]);
  t.same([...table.routes.entries()].map(([key]) => key).sort(), [
    '10.96.0.15:53/TCP',
    '10.96.0.15:53/UDP',
    '192.168.0.2:30053/TCP',
    '192.168.0.2:30053/UDP',
  ]);
});

t.test('a terminating endpoint that still serves keeps the route listening', async (t) => {
  const table = tableWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1', { conditions: CONDITIONS.standby })])]);
  t.match(table.routes.get('10.96.0.15:80/TCP'), { listens: true });
});

t.test('keys that name nothing are harmless', async (t) => {
  const state = stateWith([]);
  const table = buildTable(emptyTable(nodeContext()), state.snapshot(), ['shop/ghost'], nodeContext());
  t.equal(table.services.size, 0);
});

t.test(
  'a Service that two others beat at different addresses stays beaten at the one when the other is settled',
  async (t) => {
    const both = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], externalIPs: ['203.0.113.10'] };
    const one = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] };
    const state = stateWith([rawService(both, { name: 'dns' }), rawService(both)]);
    const before = nextTable(state, emptyTable(nodeContext()));
    state.apply(decoded(api(one)));
    const { routes, conflicts } = nextTable(state, before).services.get('shop/web') ?? {};
    t.same(routes, []);
    t.same(
      conflicts?.map(({ frontend, owner }) => [frontend.key, owner]),
      [
        ['10.96.0.1:80/TCP', 'shop/api'],
        ['203.0.113.10:80/TCP', 'shop/dns'],
      ],
    );
  },
);
