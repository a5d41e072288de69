import t from 'tap';
import type { TopRow } from '../../../src/cli/top/sample.ts';
import { formatTop, sortTop, TOP_ORDERS, type TopOrder } from '../../../src/cli/top/top-text.ts';

function row(service: string, more: Partial<TopRow> = {}): TopRow {
  return {
    namespace: 'shop',
    service,
    flows: 0,
    newPerSecond: 0,
    bytesInPerSecond: 0,
    bytesOutPerSecond: 0,
    failuresPerSecond: 0,
    connectP50Ms: undefined,
    connectP99Ms: undefined,
    routable: 1,
    total: 1,
    ejected: 0,
    ...more,
  };
}

function orderOf(name: TopOrder['name']): TopOrder {
  const found = TOP_ORDERS.find((order) => order.name === name);
  if (!found) throw new Error(name);
  return found;
}

const ROWS = [row('b'), row('a', { flows: 2, connectP99Ms: 5 }), row('c', { flows: 9, failuresPerSecond: 0.5 })];

t.test('the greatest comes first, equals by name; the order can be turned round', async (t) => {
  const cases: readonly [TopOrder['name'], boolean, string][] = [
    ['flows', false, 'cab'],
    ['flows', true, 'bac'],
    ['failures', false, 'cab'],
    ['latency', false, 'abc'],
    ['new', false, 'abc'],
    ['name', false, 'abc'],
    ['name', true, 'cba'],
  ];
  for (const [name, reversed, expected] of cases) {
    const sorted = sortTop(ROWS, orderOf(name), reversed);
    t.equal(sorted.map(({ service }) => service).join(''), expected, `${name} ${reversed}`);
  }
});

t.test('the table marks its order', async (t) => {
  const busy = row('web', {
    flows: 27,
    newPerSecond: 12.4,
    bytesInPerSecond: 2_048,
    connectP50Ms: 0.5,
    connectP99Ms: 25,
  });
  t.equal(
    formatTop([busy], { order: orderOf('in'), headers: true }),
    [
      'NAMESPACE   SERVICE   FLOWS   NEW/S   IN/S*   OUT/S   FAIL/S   P50      P99     READY   EJECTED',
      'shop        web       27      12      2.0Ki   0       0        ≤0.5ms   ≤25ms   1/1     0',
      '',
    ].join('\n'),
  );
  t.equal(formatTop([], { order: orderOf('in'), headers: false }), '');
});

t.test('each order has a key of its own', async (t) => {
  t.equal(new Set(TOP_ORDERS.map(({ key }) => key)).size, TOP_ORDERS.length);
  t.notOk(TOP_ORDERS.some(({ key }) => key === 'q'));
});
