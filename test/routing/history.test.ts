import t from 'tap';
import type { RoutingTable } from '../../src/model/route.ts';
import { History } from '../../src/routing/history.ts';
import { listChanges } from '../../src/routing/history-changes.ts';
import { endpointTimes, lastRoutable } from '../../src/routing/history-facts.ts';
import { emptyTable } from '../../src/routing/table.ts';
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
} from '../fixtures/routing.ts';

type Json = Readonly<Record<string, unknown>>;
const WEB = { namespace: 'shop', service: 'web' };

/** A history in which each step's objects are applied 1 s after the step before, from 1 s on. */
function historyOf(
  steps: readonly (readonly Json[])[],
  bounds = { maxRevisions: 100, maxAgeMs: 1_000_000 },
): { readonly history: History; readonly tables: readonly RoutingTable[] } {
  const state = stateWith([]);
  let table = emptyTable(nodeContext());
  const history = new History(table, bounds);
  const tables = steps.map((raws, index) => {
    for (const raw of raws) state.apply(decoded(raw));
    table = nextTable(state, table);
    history.add(table, (index + 1) * 1000);
    return table;
  });
  return { history, tables };
}

function pod(host: number, more: Json = {}): Json {
  return rawEndpoint(`10.0.0.${host}`, more);
}

const NOT_READY = { conditions: CONDITIONS.notReady };

t.test('revisions are found by number and by time, while they are there', async (t) => {
  const { history, tables } = historyOf(
    [1, 2, 3, 4, 5].map((host) => [rawService(), rawSlice('a', [pod(host)])]),
    { maxRevisions: 3, maxAgeMs: 1_000_000 },
  );
  t.equal(history.size, 3);
  t.same(history.oldest?.table, tables[2]);
  t.same(history.at(4)?.table, tables[3]);
  t.equal(history.at(2), undefined, 'it has left the ring');
  t.equal(history.at(6), undefined, 'it has not come');
  t.same(history.atTime(4_999)?.table, tables[3]);
  t.equal(history.atTime(9_999)?.table, tables[4]);
  t.equal(history.atTime(2_999), undefined);
  t.same(
    [...history.backwards(4)].map(({ generation }) => generation),
    [4, 3],
  );
});

t.test('what was in force within the age is kept, and the newest for ever', async (t) => {
  const { history, tables } = historyOf(
    [1, 2, 3, 4].map((host) => [rawService(), rawSlice('a', [pod(host)])]),
    { maxRevisions: 100, maxAgeMs: 1_500 },
  );
  t.same(history.oldest?.table, tables[1], 'it was replaced at 3 s, 1 s ago');
  const last = tables[3];
  if (last) history.add(last, 900_000);
  t.equal(history.size, 3, 'the same table again is no revision');
});

t.test('each change is told with its object, its field, and what became of the endpoints', async (t) => {
  const { history } = historyOf([
    [rawService(), rawSlice('a', [pod(1), pod(2)])],
    [rawSlice('a', [pod(1), pod(2, NOT_READY)])],
    [rawSlice('a', [pod(1), pod(3)])],
    [rawService({ internalTrafficPolicy: 'Local' })],
    [rawService({ clusterIP: '10.96.0.99', clusterIPs: ['10.96.0.99'] }, { name: 'api' })],
    [rawSlice('b', [])],
  ]);
  const told = listChanges(history, { limit: 100 }).map(({ generation, service, causes, ...counts }) => {
    const text = causes.map(({ kind, name, change, endpoint, fields }) => {
      const values = fields.map(({ path, before, after }) => `${path} ${before}->${after}`).join(', ');
      return [kind, name, change, endpoint, values].filter((part) => part !== '').join(' ');
    });
    return [`${generation} ${service} ${counts.routableBefore} -> ${counts.routableAfter}`, ...text];
  });
  t.same(told, [
    [
      '1 shop/web 0 -> 2',
      'Service web added',
      'EndpointSlice a added',
      'EndpointSlice a added 10.0.0.1 ready ->true',
      'EndpointSlice a added 10.0.0.2 ready ->true',
    ],
    ['2 shop/web 2 -> 1', 'EndpointSlice a changed 10.0.0.2 ready true->false, serving true->false'],
    ['3 shop/web 1 -> 2', 'EndpointSlice a removed 10.0.0.2', 'EndpointSlice a added 10.0.0.3 ready ->true'],
    ['4 shop/web 2 -> 0', 'Service web changed spec.internalTrafficPolicy Cluster->Local'],
    ['5 shop/api 0 -> 0', 'Service api added'],
    ['6 shop/web 0 -> 0', 'EndpointSlice b added'],
  ]);
});

t.test('an address lost to an older Service, and a changed node, are causes too', async (t) => {
  const state = stateWith([rawService(), rawSlice('a', [pod(1)])]);
  const empty = emptyTable(nodeContext());
  const history = new History(empty, { maxRevisions: 10, maxAgeMs: 1_000_000 });
  const first = nextTable(state, empty);
  history.add(first, 1);
  state.apply(decoded(rawService({}, { name: 'old', creationTimestamp: '2020-01-01T00:00:00Z' })));
  const second = nextTable(state, first);
  history.add(second, 2);
  history.add(nextTable(state, second, nodeContext({ nodePortIPs: [], nodeName: 'node-b' })), 3);
  const causes = listChanges(history, { limit: 10, service: 'shop/web' }).map((change) => change.causes.at(-1));
  t.match(causes[1], { kind: 'Frontend', name: '10.96.0.15:80/TCP', fields: [{ path: 'owner', after: 'shop/old' }] });
  t.equal(causes.length, 2, 'the changed node left the Service as it was');
});

t.test('changes are chosen by Service, namespace, time and number', async (t) => {
  const other = { namespace: 'bank', name: 'teller' };
  const { history } = historyOf([
    [rawService(), rawSlice('a', [pod(1)])],
    [rawService({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] }, other)],
    [rawSlice('a', [pod(2)])],
    [rawSliceOf('web', 'b', [pod(3)])],
  ]);
  const generations = (query: Partial<Parameters<typeof listChanges>[1]>) =>
    listChanges(history, { limit: 10, ...query }).map(({ generation }) => generation);
  t.same(generations({ service: 'shop/web' }), [1, 3, 4]);
  t.same(generations({ namespace: 'bank' }), [2]);
  t.same(generations({ sinceMs: 3000 }), [3, 4]);
  t.same(generations({ limit: 2 }), [3, 4]);
  t.same(generations({ service: 'shop/none' }), []);
});

t.test('history knows when a client last had an endpoint, and since when one is as it is', async (t) => {
  const { history, tables } = historyOf([
    [rawService(), rawSlice('a', [pod(1), pod(2, NOT_READY)])],
    [rawSlice('a', [pod(1, NOT_READY), pod(2, NOT_READY)])],
    [rawSliceOf('web', 'b', [pod(9, NOT_READY)])],
  ]);
  t.equal(lastRoutable(history, WEB, 'shop/web', 3)?.generation, tables[0]?.generation);
  t.equal(lastRoutable(history, { ...WEB, service: 'none' }, 'shop/none', 3), undefined);
  const since = (endpoint: string, generation = 3) =>
    endpointTimes(history, 'shop/web', 'shop/web:http/TCP/IPv4', generation).get(endpoint);
  t.equal(since('10.0.0.1:8080'), 2000);
  t.equal(since('10.0.0.2:8080'), undefined, 'since before the first table');
  t.equal(since('10.0.0.9:8080'), 3000);
  t.equal(since('10.0.0.7:8080'), undefined, 'it is not there');
  t.equal(since('10.0.0.1:8080', 1), undefined);
});
