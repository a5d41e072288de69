import t from 'tap';
import type { HostLanes, RoutingTable } from '../../src/model/route.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { isSameTable } from '../fixtures/histories.ts';
import { bundleText, historyOfTables, readTables } from '../fixtures/records.ts';
import { nextTable, nodeContext, rawEndpoint, rawService, rawSlice, stateWith } from '../fixtures/routing.ts';

/** Addresses as they are given: of a Service that is there. */
const given = new Map<string, string>();
const hosts: HostLanes = { addressOf: (key) => given.get(key), udp: false };

function addressesOf(table: RoutingTable): readonly string[] {
  return [...table.routes.values()].map(({ frontend }) => frontend.key).filter((key) => key.includes('127.77.'));
}

/** Without what gives the addresses, which is a function. */
function elsewhere(table: RoutingTable | undefined): RoutingTable | undefined {
  return table && { ...table, node: nodeContext() };
}

t.test('a bundle has the addresses of their own that Services had, also of one that came later', async (t) => {
  given.set('shop/web', '127.77.1.2');
  const node = nodeContext({ hosts });
  const first = nextTable(
    stateWith([rawService({}), rawSlice('web-1', [rawEndpoint('10.244.1.7')])]),
    emptyTable(node),
  );
  given.set('shop/api', '127.77.3.4');
  const second = nextTable(
    stateWith([
      rawService({}),
      rawSlice('web-1', [rawEndpoint('10.244.1.7')]),
      rawService({ clusterIP: '10.96.0.99', clusterIPs: ['10.96.0.99'] }, { name: 'api' }),
    ]),
    first,
  );
  const text = await bundleText(historyOfTables([first, second]));
  const read = readTables(text);
  t.equal(read.length, 2);
  t.same(read.map(addressesOf), [addressesOf(first), addressesOf(second)]);
  t.equal(addressesOf(second).length, 2);
  t.ok(read.every((table, place) => isSameTable(elsewhere(table), elsewhere([first, second][place]))));
});

t.test('what is no address is refused with its line', async (t) => {
  given.set('shop/web', '127.77.1.2');
  const table = nextTable(
    stateWith([rawService({}), rawSlice('web-1', [rawEndpoint('10.244.1.7')])]),
    emptyTable(nodeContext({ hosts })),
  );
  const text = await bundleText(historyOfTables([table]));
  t.throws(() => readTables(text.replace('"host":"127.77.1.2"', '"host":"127.77.1.002"')), {
    message: /^b\.jsonl:3: host: /,
  });
});
