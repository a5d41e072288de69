import t from 'tap';
import type { PrintedList } from '../../src/cli/resource.ts';
import { orderBy } from '../../src/cli/sort-rows.ts';

function list(...items: readonly Readonly<Record<string, unknown>>[]): PrintedList {
  return {
    document: { generation: 7, items },
    rows: items.map((item) => ({ name: String(item.pod), item, cells: [], wideCells: [] })),
  };
}

const LIST = list(
  { pod: 'pod-10', connections: 3, frontend: { port: 80 } },
  { pod: 'pod-9', connections: 12, frontend: { port: 443 } },
  { pod: 'pod-1', frontend: { port: 8 } },
);

t.test('rows stand in the order of a field, in tables and documents alike', async (t) => {
  const cases: readonly [string | undefined, readonly string[]][] = [
    [undefined, ['pod-10', 'pod-9', 'pod-1']],
    ['pod', ['pod-1', 'pod-9', 'pod-10']],
    ['.pod', ['pod-1', 'pod-9', 'pod-10']],
    ['{.connections}', ['pod-10', 'pod-9', 'pod-1']],
    ['.frontend.port', ['pod-1', 'pod-10', 'pod-9']],
  ];
  for (const [field, names] of cases) {
    const { rows, document } = orderBy(field)(LIST);
    t.same(
      rows.map(({ name }) => name),
      names,
      field ?? 'none',
    );
    t.same(document, { generation: 7, items: rows.map(({ item }) => item) });
  }
});

t.test('a field that no row has, and a path that is none, are told', async (t) => {
  t.throws(() => orderBy('.conections')(LIST), { code: 'SVL_USAGE', hint: 'did you mean .connections?' });
  t.throws(() => orderBy('.qqqqqqqq')(LIST), { code: 'SVL_USAGE', hint: 'known are pod, connections, frontend' });
  t.throws(() => orderBy('.a[?'), { code: 'SVL_USAGE' });
  t.same(orderBy('.none')(list()).rows, [], 'without rows nothing is wrong');
});
