import t from 'tap';
import { diffServicePorts, diffTables } from '../../src/routing/diff.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { decoded, nextTable, nodeContext, rawEndpoint, rawService, rawSlice, stateWith } from '../fixtures/routing.ts';

const ports = (...numbers: number[]) => ({ ports: numbers.map((port) => ({ name: `p${port}`, port })) });

t.test('routes that come, go and change are told, sorted by key', async (t) => {
  const state = stateWith([rawService(ports(80, 81, 82))]);
  const first = nextTable(state, emptyTable(nodeContext()));
  state.apply(decoded(rawService(ports(81, 82, 83, 84))));
  state.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1')], { ports: [{ name: 'p82', port: 1 }] })));
  const second = nextTable(state, first);
  const { added, removed, changed, services } = diffTables(first, second);
  t.same(
    added.map(({ frontend }) => frontend.key),
    ['10.96.0.15:83/TCP', '10.96.0.15:84/TCP'],
  );
  t.same(
    removed.map(({ frontend }) => frontend.key),
    ['10.96.0.15:80/TCP'],
  );
  t.match(changed, [{ before: { listens: false }, after: { listens: true, frontend: { key: '10.96.0.15:82/TCP' } } }]);
  t.equal(changed.length, 1);
  t.same(services, ['shop/web']);
});

t.test('one table and itself do not differ', async (t) => {
  const table = nextTable(stateWith([rawService()]), emptyTable(nodeContext()));
  t.same(diffTables(table, table), { added: [], removed: [], changed: [], services: [] });
  t.same(diffServicePorts(table, table), []);
});

t.test('ServicePorts are followed apart from their frontends', async (t) => {
  const state = stateWith([rawService(ports(80, 81))]);
  const first = nextTable(state, emptyTable(nodeContext()));
  t.match(diffServicePorts(emptyTable(nodeContext()), first), [
    { before: undefined, after: { key: 'shop/web:p80/TCP/IPv4' } },
    { before: undefined, after: { key: 'shop/web:p81/TCP/IPv4' } },
  ]);
  state.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1')], { ports: [{ name: 'p81', port: 1 }] })));
  const second = nextTable(state, first);
  const changes = diffServicePorts(first, second);
  t.equal(changes.length, 1);
  t.match(changes, [{ before: { endpoints: [] }, after: { endpoints: [{ key: '10.0.0.1:1' }] } }]);
  state.delete('Service', 'shop', 'web');
  t.match(diffServicePorts(second, nextTable(state, second)), [{ after: undefined }, { after: undefined }]);
});
