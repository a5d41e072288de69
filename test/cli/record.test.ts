import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { addBundleRoute } from '../../src/admin/bundle-route.ts';
import { createHttpApp } from '../../src/admin/http-app.ts';
import { readBundle } from '../../src/cli/read-bundle.ts';
import { recordCommand } from '../../src/cli/record.ts';
import { RecordedLines } from '../../src/cli/recorded-lines.ts';
import { replayCommand } from '../../src/cli/replay.ts';
import { formatLine } from '../../src/recording/record-lines.ts';
import { viewOf } from '../fixtures/admin.ts';
import { historyOfTables } from '../fixtures/records.ts';
import { rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

const GOLDEN = join(import.meta.dirname, '../fixtures/golden.bundle.jsonl');

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'svclane-record-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What is written to a stream of this process meanwhile. */
async function written(t: Test, stream: 'stdout' | 'stderr', run: () => Promise<unknown>): Promise<string> {
  const capture = t.capture(process[stream], 'write', () => true);
  await run();
  capture.restore();
  return capture()
    .map(({ args }) => String(args[0]))
    .join('');
}

async function daemon(t: Test): Promise<string> {
  const table = tableWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1')])]);
  const app = createHttpApp();
  addBundleRoute(app, viewOf(table, {}, { history: historyOfTables([table]) }));
  t.teardown(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

t.test('a daemon is recorded once, or until the time is over, into a bundle that is whole', async (t) => {
  const host = await daemon(t);
  for (const more of [{ once: true }, { for: '50ms' }]) {
    const output = join(folder(t), 'run.jsonl');
    const told = await written(t, 'stderr', () => recordCommand({ host, output, ...more }));
    t.match(told, /1 revision recorded to /);
    t.match(await readBundle(output, { partial: false }), { isComplete: true, history: { size: 1 } });
    t.equal(statSync(output).mode & 0o777, 0o600);
  }
});

t.test('nothing is written over, and a daemon that is not there is said', async (t) => {
  const output = join(folder(t), 'run.jsonl');
  await t.rejects(recordCommand({ host: 'http://127.0.0.1:1', output }), { code: 'SVL_DAEMON_UNREACHABLE' });
  writeFileSync(output, 'precious');
  const host = await daemon(t);
  await t.rejects(recordCommand({ host, output, once: true }), { code: 'SVL_BUNDLE_UNREADABLE' });
  t.equal(readFileSync(output, 'utf8'), 'precious');
  await t.rejects(recordCommand({ host, output, for: 'ever' }), { code: 'SVL_USAGE' });
  await t.rejects(recordCommand({ host }), { code: 'SVL_USAGE' });
});

t.test('wherever a recording stops, it ends behind a whole table', async (t) => {
  const text = readFileSync(GOLDEN, 'utf8').replace(/\{"type":"end".*\n/, '');
  const again = text.slice(text.indexOf('\n') + 1).replace('"generation":1', '"generation":9');
  const firstChange = text.indexOf('{"type":"change"');
  const cases: readonly (readonly [name: string, text: string, revisions: number])[] = [
    ['behind a line', text, 3],
    ['within a line', text.slice(0, -3), 2],
    ['behind the first table', text.slice(0, firstChange), 1],
    ['within a later keyframe', `${text}${again.slice(0, again.indexOf('"EndpointSlice"'))}`, 3],
  ];
  for (const [name, stopped, revisions] of cases) {
    const path = join(folder(t), 'run.jsonl');
    const file = await open(path, 'ax');
    const lines = new RecordedLines(file);
    for (const part of [stopped.slice(0, 99), stopped.slice(99)]) await lines.add(Buffer.from(part));
    await lines.end(formatLine);
    await file.close();
    t.match(await readBundle(path, { partial: false }), { history: { size: revisions } }, name);
  }
  const few = new RecordedLines(process.stdout);
  t.equal(await written(t, 'stdout', () => few.end(formatLine)), '', 'nothing where there is no table');
  t.equal(few.isWhole, false);
});

t.test('replay prints what a bundle has, and any revision of it', async (t) => {
  const all = await written(t, 'stdout', () => replayCommand(GOLDEN, {}));
  t.match(all, /complete +true\nrevisions +3\n/);
  t.match(all, /last +revision 3, time .*, services 1, routes 1, endpoints 2\nverified +every revision/);
  const one = await written(t, 'stdout', () => replayCommand(GOLDEN, { at: '3', output: 'json' }));
  t.match(JSON.parse(one), { revision: 3, changes: [{ service: 'shop/web', routable: '2 -> 0' }] });
  await t.rejects(replayCommand(GOLDEN, { at: '4' }), { code: 'SVL_NOT_FOUND', hint: /it has 1 to 3/ });
  await t.rejects(replayCommand(GOLDEN, { output: 'xml' }), { code: 'SVL_USAGE' });
});
