import t from 'tap';
import type { ServiceHealth } from '../../src/admin/service-health.ts';
import { followServiceHealth } from '../../src/daemon/service-health-sync.ts';
import type { NodeContext, RoutingTable } from '../../src/model/route.ts';
import { diffTables } from '../../src/routing/diff.ts';
import { buildTable, emptyTable } from '../../src/routing/table.ts';
import { decoded, nextTable, nodeContext, rawEndpoint, rawService, rawSlice, stateWith } from '../fixtures/routing.ts';

const LOCAL = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 };

function setUp() {
  const calls: string[] = [];
  const servers: Pick<ServiceHealth, 'sync'> = {
    async sync(services, counts) {
      calls.push(`${JSON.stringify([...services])} ${JSON.stringify([...counts])}`);
    },
  };
  const follow = followServiceHealth(servers);
  const state = stateWith([rawService(LOCAL), rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-a' })])]);
  let table = emptyTable(nodeContext());
  const to = async (next: RoutingTable): Promise<string[]> => {
    await follow(diffTables(table, next), next);
    table = next;
    return calls.splice(0);
  };
  const sync = (): Promise<string[]> => to(nextTable(state, table));
  const move = (over: Partial<NodeContext>): Promise<string[]> =>
    to(buildTable(table, state.snapshot(), [], nodeContext(over)));
  return { state, sync, move };
}

t.test('servers follow the Services that ask for them, with the count of each', async (t) => {
  const { state, sync } = setUp();
  t.same(await sync(), ['[["shop/web",31000]] [["shop/web",1]]']);
  state.apply(decoded(rawService({ ...LOCAL, sessionAffinity: 'ClientIP' })));
  t.same(await sync(), [], 'a change that is none to them');
  state.apply(decoded(rawSlice('a', [])));
  t.same(await sync(), ['[["shop/web",31000]] [["shop/web",0]]']);
  state.apply(decoded(rawService({ ...LOCAL, externalTrafficPolicy: 'Cluster' })));
  t.same(await sync(), ['[] []']);
});

t.test('servers follow the addresses that answer node ports, though no Service changed', async (t) => {
  const { sync, move } = setUp();
  await sync();
  t.same(await move({ zone: 'b' }), []);
  t.same(await move({ nodePortIPs: ['192.168.0.2', '192.168.1.2'] }), ['[["shop/web",31000]] [["shop/web",1]]']);
});
