import t from 'tap';
import { parseListFormat } from '../../src/cli/print-list.ts';
import type { PrintedList, PrintedRow, Resource } from '../../src/cli/resource.ts';
import { RESOURCES } from '../../src/cli/resources.ts';
import { WatchPrinter } from '../../src/cli/watch-list.ts';

const RESOURCE: Resource = {
  name: 'endpoints',
  headers: ['NAMESPACE', 'ENDPOINT', 'STATE', 'AGE'],
  wideHeaders: ['ZONE'],
  isOfService: false,
  list: () => Promise.reject(new Error('is not asked')),
};

function row(endpoint: string, state = 'ready', ageSeconds = 1): PrintedRow {
  const cells = ['shop', endpoint, state, `${ageSeconds}s`];
  return { name: endpoint, item: { endpoint, state, ageSeconds }, cells, wideCells: [...cells, 'z'] };
}

function list(...rows: readonly PrintedRow[]): PrintedList {
  return { document: { items: rows.map(({ item }) => item) }, rows };
}

/** What is printed for each of these lists, one after the other. */
function watch(output: string | undefined, lists: readonly PrintedList[], headers = true): readonly string[] {
  const printer = new WatchPrinter(RESOURCE, parseListFormat(output), headers);
  return lists.map((one) => printer.next(one));
}

const LISTS = [
  list(row('a'), row('b')),
  list(row('a', 'ready', 2), row('b', 'ready', 2)),
  list(row('a', 'not ready', 3), row('b', 'ready', 3)),
  list(row('b', 'ready', 4), row('c-with-a-long-name')),
  list(),
];

t.test('a table tells what came, what changed and what has gone, under one header', async (t) => {
  t.same(watch(undefined, LISTS), [
    'EVENT   NAMESPACE   ENDPOINT   STATE   AGE\nADDED   shop        a          ready   1s\nADDED   shop        b          ready   1s\n',
    '',
    'MODIFIED   shop        a          not ready   3s\n',
    'DELETED    shop        a                    not ready   3s\nADDED      shop        c-with-a-long-name   ready       1s\n',
    'DELETED    shop        b                    ready       4s\nDELETED    shop        c-with-a-long-name   ready       1s\n',
  ]);
  t.match(watch('wide', LISTS)[0], /^EVENT .* AGE +ZONE\n/);
  t.notMatch(watch(undefined, LISTS, false)[0], /EVENT/);
});

t.test('JSON is an event a line, with the object', async (t) => {
  const [first = '', second, third, fourth = ''] = watch('json', LISTS);
  t.same(JSON.parse(first.split('\n')[0] ?? ''), {
    type: 'ADDED',
    object: { endpoint: 'a', state: 'ready', ageSeconds: 1 },
  });
  t.equal(second, '', 'an age is no change');
  t.equal(third, '{"type":"MODIFIED","object":{"endpoint":"a","state":"not ready","ageSeconds":3}}\n');
  t.match(fourth, /^\{"type":"DELETED","object":\{"endpoint":"a",.*\}\}\n\{"type":"ADDED",/);
});

t.test('names say what has gone; whole documents come again when something changed', async (t) => {
  t.same(watch('name', LISTS), [
    'a\nb\n',
    '',
    'a\n',
    'a deleted\nc-with-a-long-name\n',
    'b deleted\nc-with-a-long-name deleted\n',
  ]);
  t.same(watch('jsonpath={.items[*].endpoint}', LISTS), ['a b\n', '', 'a b\n', 'b c-with-a-long-name\n', '\n']);
  const yaml = watch('yaml', LISTS);
  t.match(yaml[0], /^items:/);
  t.equal(yaml[1], '');
  t.match(yaml[2], /^---\nitems:/);
});

t.test('each kind of row has columns that tell one row from another', async (t) => {
  for (const { name, headers } of RESOURCES) {
    t.ok(
      headers.includes('ID') ||
        headers.includes('ENDPOINT') ||
        headers.includes('FRONTEND') ||
        headers.includes('SERVICE') ||
        headers.includes('NAME'),
      name,
    );
  }
});
