import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/lib/clock.ts';
import { channels, type ResourceMessage } from '../../../src/observability/channels.ts';
import { createManifestsSource } from '../../../src/source/manifests/manifests-source.ts';
import { ManualClock, RecordingSink, serviceYaml, sliceYaml } from '../../fixtures/manifests.ts';

const LISTED = ['listed Service', 'listed EndpointSlice'];
const SETTLE_MS = 50;
const POLL_MS = 2000;

/** A source without word from the system: it sees what a scan sees, and scans when the test says so. */
async function setUp(t: Test, files: Record<string, string>, path = t.testdir(files)) {
  const clock = new ManualClock();
  const sink = new RecordingSink();
  const watch = { follow: () => false, close: () => undefined };
  let changed = () => {};
  const createWatch = (callback: () => void) => {
    changed = callback;
    return watch;
  };
  const source = createManifestsSource({ path, clock, createWatch });
  t.teardown(() => source.close());
  source.start(sink);
  t.equal(await clock.armed(), POLL_MS);
  const first = sink.take();
  /** Polls, and once more for what has to settle. */
  const poll = async () => {
    await clock.fire();
    await clock.fire();
    return sink.take();
  };
  return { path, clock, sink, source, first, poll, changed: () => changed() };
}

t.test('all objects come first, then word that each kind is listed', async (t) => {
  const { first, source } = await setUp(t, {
    'b.yaml': serviceYaml('web'),
    'a.yaml': sliceYaml('web-1'),
    'c.yaml': 'apiVersion: apps/v1\nkind: Deployment\n',
  });
  t.same(first, ['apply EndpointSlice/shop/web-1', 'apply Service/shop/web', ...LISTED]);
  t.match(source.status(), {
    type: 'manifests',
    description: /\(files: 3; objects of other kinds left out: 1\)$/,
    resources: [
      { kind: 'Service', state: 'synced', objects: 1, relists: 0, lastContactMs: 1_000_000, error: undefined },
      { kind: 'EndpointSlice', state: 'synced', objects: 1 },
    ],
  });
});

t.test('an empty folder is listed at once', async (t) => {
  t.same((await setUp(t, {})).first, LISTED);
});

t.test('a changed, a new and a deleted file are followed', async (t) => {
  const { path, poll } = await setUp(t, { 'a.yaml': serviceYaml('a'), 'b.yaml': serviceYaml('b') });
  writeFileSync(join(path, 'a.yaml'), serviceYaml('a', '{clusterIP: 10.96.0.9}'));
  writeFileSync(join(path, 'c.yaml'), serviceYaml('c'));
  rmSync(join(path, 'b.yaml'));
  t.same(await poll(), ['delete Service/shop/b', 'apply Service/shop/a', 'apply Service/shop/c']);
  t.same(await poll(), []);
});

t.test('a file is read only when it looks the same twice', async (t) => {
  const { path, clock, sink } = await setUp(t, { 'a.yaml': serviceYaml('a') });
  const file = join(path, 'a.yaml');
  writeFileSync(file, '');
  t.equal(await clock.fire(), SETTLE_MS);
  writeFileSync(file, serviceYaml('a', '{clusterIP: 10.96.0.9}'));
  t.equal(await clock.fire(), SETTLE_MS);
  t.same(sink.take(), [], 'the truncated file is never seen');
  t.equal(await clock.fire(), POLL_MS);
  t.same(sink.take(), ['apply Service/shop/a']);
});

t.test('a file that is gone for a moment is not gone', async (t) => {
  const { path, clock, sink } = await setUp(t, { 'a.yaml': serviceYaml('a') });
  const file = join(path, 'a.yaml');
  renameSync(file, join(path, 'backup'));
  t.equal(await clock.fire(), SETTLE_MS);
  writeFileSync(file, serviceYaml('a'));
  await clock.fire();
  await clock.fire();
  t.same(sink.take(), []);
});

t.test('a file that becomes wrong is told, its last good content stays, the others go on', async (t) => {
  const { path, poll, sink, source } = await setUp(t, { 'a.yaml': serviceYaml('a'), 'b.yaml': serviceYaml('b') });
  const file = join(path, 'a.yaml');
  writeFileSync(file, 'apiVersion: v1\nkind: [');
  rmSync(join(path, 'b.yaml'));
  t.same(await poll(), [`rejected Manifest//${file}`, 'delete Service/shop/b']);
  t.equal(sink.rejections[0]?.where, `${file}:2 (document 1)`);
  t.match(source.status().resources[0], {
    state: 'synced',
    objects: 1,
    error: { code: 'SVL_MANIFEST_INVALID', message: /a\.yaml:2/ },
  });
  writeFileSync(file, serviceYaml('a', '{clusterIP: 10.96.0.9}'));
  t.same(await poll(), ['apply Service/shop/a']);
  t.equal(source.status().resources[0]?.error, undefined);
});

t.test('one wrong object keeps the whole file as it was', async (t) => {
  const { path, poll } = await setUp(t, { 'a.yaml': `${serviceYaml('a')}---\n${serviceYaml('b')}` });
  writeFileSync(
    join(path, 'a.yaml'),
    `${serviceYaml('a', '{clusterIP: 10.96.0.9}')}---\napiVersion: v1\nkind: Service\n`,
  );
  t.same(await poll(), ['rejected Service//']);
});

t.test('of a file that is wrong from the start the right objects count', async (t) => {
  const { first } = await setUp(t, { 'a.yaml': `${serviceYaml('a')}---\nhello` });
  t.match(first, [/^rejected Manifest/, 'apply Service/shop/a', ...LISTED]);
});

t.test('a folder that goes away leaves everything as it was, and is found again', async (t) => {
  const { path, clock, sink, source } = await setUp(t, { 'a.yaml': serviceYaml('a') });
  const published: ResourceMessage[] = [];
  const listener = (message: ResourceMessage) => published.push(message);
  channels.resource.subscribe(listener);
  t.teardown(() => channels.resource.unsubscribe(listener));
  rmSync(path, { recursive: true });
  t.equal(await clock.fire(), POLL_MS);
  await clock.fire();
  t.same(sink.take(), []);
  t.match(source.status().resources[0], { state: 'stale', objects: 1, error: { code: 'SVL_MANIFESTS_UNREADABLE' } });
  t.same(
    published.map(({ status }) => `${status.kind} ${status.state}`),
    ['Service stale', 'EndpointSlice stale'],
  );
  mkdirSync(path);
  writeFileSync(join(path, 'a.yaml'), serviceYaml('a'));
  await clock.fire();
  t.equal(source.status().resources[0]?.state, 'synced');
});

t.test('a path that is not there yet is listed once it is', async (t) => {
  const path = join(t.testdir(), 'later');
  const { first, clock, sink, source } = await setUp(t, {}, path);
  t.same(first, []);
  t.equal(source.status().resources[0]?.state, 'listing');
  mkdirSync(path);
  writeFileSync(join(path, 'a.yaml'), serviceYaml('a'));
  await clock.fire();
  t.same(sink.take(), ['apply Service/shop/a', ...LISTED]);
});

t.test('one file as the source stays when it is gone', async (t) => {
  const path = join(t.testdir({ 'services.yaml': serviceYaml('a') }), 'services.yaml');
  const { first, poll, source } = await setUp(t, {}, path);
  t.same(first, ['apply Service/shop/a', ...LISTED]);
  rmSync(path);
  t.same(await poll(), []);
  t.equal(source.status().resources[0]?.state, 'stale');
});

t.test('of Nodes only the own one is told', async (t) => {
  const node = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`;
  const sink = new RecordingSink();
  const path = t.testdir({ 'a.yaml': `${node('n1')}---\n${node('n2')}` });
  const source = createManifestsSource({ path, clock: new ManualClock(), nodeName: 'n2' });
  t.teardown(() => source.close());
  source.start(sink);
  t.same(await sink.next(), ['apply Node//n2', ...LISTED]);
});

t.test('word from the system shortens the wait, once', async (t) => {
  const { clock, changed } = await setUp(t, { 'a.yaml': serviceYaml('a') });
  changed();
  changed();
  t.equal(await clock.armed(), SETTLE_MS);
  t.equal(await clock.fire(), POLL_MS);
});

t.test('nothing is told after close, which may be called again', async (t) => {
  const sink = new RecordingSink();
  const source = createManifestsSource({ path: t.testdir({ 'a.yaml': serviceYaml('a') }), clock: new ManualClock() });
  source.start(sink);
  await Promise.all([source.close(), source.close()]);
  t.same(sink.take(), []);
});

t.test('a change is followed by itself: written in place, and renamed over', { timeout: 10_000 }, async (t) => {
  const path = t.testdir({ 'a.yaml': serviceYaml('a') });
  const sink = new RecordingSink();
  const source = createManifestsSource({ path, clock: { ...systemClock, setTimer: keepAlive } });
  t.teardown(() => source.close());
  source.start(sink);
  t.same(await sink.next(), ['apply Service/shop/a', ...LISTED]);
  writeFileSync(join(path, 'a.yaml'), serviceYaml('a', '{clusterIP: 10.96.0.9}'));
  t.same(await sink.next(), ['apply Service/shop/a']);
  writeFileSync(join(path, 'new'), serviceYaml('b'));
  renameSync(join(path, 'new'), join(path, 'a.yaml'));
  t.same(await sink.next(), ['delete Service/shop/a', 'apply Service/shop/b']);
});

t.test('the manifests of the demo have nothing wrong and need no rights', async (t) => {
  const path = new URL('../../../config/demo', import.meta.url).pathname;
  const { first, sink } = await setUp(t, {}, path);
  t.same(sink.rejections, []);
  t.same(
    first.filter((line) => line.startsWith('apply Service')),
    ['api', 'echo', 'empty', 'web'].map((name) => `apply Service/demo/${name}`),
  );
  const text = readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('\n');
  for (const [, address] of text.matchAll(/(?:clusterIP: |addresses: \[)([\d.]+)/g))
    t.match(address, /^127\.7[78]\.0\.\d+$/);
  for (const [, port] of text.matchAll(/[pP]ort: (\d+)/g)) t.ok(Number(port) > 1023, `port ${port}`);
});

function keepAlive(callback: () => void, ms: number) {
  const handle = setTimeout(callback, ms);
  return { cancel: () => clearTimeout(handle) };
}
