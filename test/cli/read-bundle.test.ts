import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Value } from 'typebox/value';
import { ENDPOINT_LIST } from '../../src/admin/endpoint-rows.ts';
import { EXPLANATION } from '../../src/admin/explain-answer.ts';
import { HISTORY } from '../../src/admin/history-rows.ts';
import { ROUTE_LIST } from '../../src/admin/route-rows.ts';
import { SERVICE_LIST } from '../../src/admin/service-rows.ts';
import { askDaemon } from '../../src/cli/admin-client.ts';
import { hostOf } from '../../src/cli/bundle-host.ts';
import { isBundle, readBundle } from '../../src/cli/read-bundle.ts';

const GOLDEN = join(import.meta.dirname, '../fixtures/golden.bundle.jsonl');
const TEXT = readFileSync(GOLDEN, 'utf8');
const LINES = TEXT.split('\n');

function fileOf(t: Test, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-bundle-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'b.jsonl'), text);
  return join(folder, 'b.jsonl');
}

function withLine(number: number, text: string): string {
  return LINES.with(number - 1, text).join('\n');
}

t.test('a bundle of this format stays readable', async (t) => {
  t.ok(isBundle(GOLDEN));
  const { header, history, isComplete, lines } = await readBundle(GOLDEN, { partial: false });
  t.match({ header, isComplete, lines }, { header: { svclane: '1.2.3' }, isComplete: true, lines: LINES.length - 1 });
  t.same(
    [...history.backwards()].map(({ generation }) => generation),
    [3, 2, 1],
  );
});

t.test('a bundle is asked as a daemon is', async (t) => {
  const host = hostOf({ bundle: GOLDEN });
  const web = 'namespace=shop&service=web';
  t.match(await askDaemon(host, `/v1/explain?${web}`, EXPLANATION), {
    routable: false,
    reason: 'NO_ENDPOINT',
    lastRoutable: { generation: 2 },
    generation: 3,
  });
  t.match(await askDaemon(host, `/v1/explain?${web}&at=2`, EXPLANATION), { routable: true, algorithm: 'random' });
  t.match(await askDaemon(host, `/v1/explain?${web}&at=2026-01-02T00:00:02.5Z`, EXPLANATION), { generation: 2 });
  t.match(await askDaemon(host, '/v1/history?limit=1', HISTORY), { items: [{ generation: 3, routableAfter: 0 }] });
  t.match(await askDaemon(host, '/v1/routes?at=1', ROUTE_LIST), { generation: 1, items: [{ ready: 1 }] });
  t.match(await askDaemon(host, '/v1/services', SERVICE_LIST), { items: [{ name: 'web', routable: 0 }] });
  t.match(await askDaemon(host, `/v1/endpoints?${web}`, ENDPOINT_LIST), {
    items: [{ ready: false }, { ready: false }],
  });
  await t.rejects(askDaemon(host, '/v1/explain?service=wen&namespace=shop', EXPLANATION), {
    code: 'SVL_NOT_FOUND',
    hint: 'did you mean svc/web?',
  });
  await t.rejects(askDaemon(host, '/v1/routes?at=9', ROUTE_LIST), {
    code: 'SVL_NOT_FOUND',
    hint: /the oldest that is there is 1 /,
  });
  await t.rejects(askDaemon(host, '/v1/connections', ROUTE_LIST), { code: 'SVL_USAGE', message: /does not have/ });
  t.throws(() => hostOf({ bundle: GOLDEN, host: 'unix:/x' }), { code: 'SVL_USAGE' });
  t.ok(
    Value.Check(
      EXPLANATION,
      await askDaemon(hostOf({ bundle: GOLDEN, partial: true }), `/v1/explain?${web}`, EXPLANATION),
    ),
  );
});

const LAST = LINES.length - 1;
const WRONG: readonly (readonly [name: string, text: string, line: number, message: RegExp])[] = [
  ['an empty file', '', 0, /the file is empty/],
  ['another file', '{"kind":"List"}\n', 1, /no svclane-bundle: its header is missing/],
  ['no JSON', withLine(4, 'oops'), 4, /no JSON/],
  ['a later version', withLine(1, (LINES[0] ?? '').replace('"version":1', '"version":2')), 1, /version 2 .* reads 1/],
  ['a torn last line', TEXT.slice(0, -5), LAST, /cut off within this line/],
  ['no end', `${LINES.slice(0, -2).join('\n')}\n`, LAST - 1, /cut off here/],
  ['a line that is missing', LINES.toSpliced(2, 1).join('\n'), 4, /expected a line of type object/],
  ['an endpoint that was edited', withLine(4, (LINES[3] ?? '').replace('10.0.0.1', '10.0.0.9')), 4, /routes otherwise/],
  [
    'a field that we do not write',
    withLine(3, (LINES[2] ?? '').replace('"spec":{', '"spec":{"selector":{},')),
    3,
    /spec\.selector/,
  ],
  ['more behind the end', `${TEXT}{"type":"end","lines":1}\n`, LAST + 1, /more behind the end/],
];

for (const [name, text, line, message] of WRONG) {
  t.test(`a bundle that is wrong is refused whole, with the line: ${name}`, async (t) => {
    const path = fileOf(t, text);
    await t.rejects(readBundle(path, { partial: false }), { code: 'SVL_BUNDLE_INVALID', message, facts: { line } });
  });
}

t.test('one that was cut off is taken as far as it goes, where that is asked for', async (t) => {
  const bundle = await readBundle(fileOf(t, TEXT.slice(0, -40)), { partial: true });
  t.match(bundle, { isComplete: false, history: { size: 2 } });
  await t.rejects(readBundle(join(GOLDEN, 'none'), { partial: true }), { code: 'SVL_BUNDLE_UNREADABLE' });
});
