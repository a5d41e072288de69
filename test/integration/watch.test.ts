import { createConnection } from 'node:net';
import t from 'tap';
import { PREFIX, startBackends } from '../fixtures/manifest-daemon.ts';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

async function run(host: string, ...args: readonly string[]) {
  const svclane = startSvclane(args, { env: { SVCLANE_HOST: host } });
  const code = await svclane.exit;
  return { code, stdout: svclane.stdout, stderr: svclane.stderr };
}

t.test('get -w tells what changed, and what has gone', async (t) => {
  const daemon = await startShopDaemon(t);
  const env = { SVCLANE_HOST: daemon.host };
  const table = startSvclane(['get', 'endpoints', '-w'], { env });
  const json = startSvclane(['get', 'endpoints', '-w', '-o', 'json'], { env });
  t.teardown(() => {
    table.kill('SIGKILL');
    json.kill('SIGKILL');
  });
  await Promise.all([table.until(/^EVENT .*\nADDED +shop .* ready +yes/), json.until(/"ADDED"/)]);
  await daemon.become('notReady');
  await Promise.all([table.until(/\nMODIFIED +shop .* not ready +no/), json.until(/"MODIFIED"/)]);
  await daemon.become('gone');
  await Promise.all([table.until(/\nDELETED +shop .* not ready +no .*\n/), json.until(/"type":"DELETED".*\n/)]);
  const last: unknown = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
  t.match(last, { type: 'DELETED', object: { namespace: 'shop', pod: 'web-a', ready: false } });
});

t.test('get --sort-by orders rows, and knows which fields there are', async (t) => {
  const { host } = await startShopDaemon(t);
  t.match(await run(host, 'get', 'routes', '--sort-by', '.frontend.port', '-o', 'name'), {
    code: 0,
    stdout: 'svc/svc-0:http\n',
  });
  t.match(await run(host, 'get', 'routes', '--sort-by', 'algoritm'), {
    code: 2,
    stderr: /hint: did you mean \.algorithm\?\n$/,
  });
});

t.test('describe shows a Service on one screen, and why clients get nothing', async (t) => {
  const daemon = await startShopDaemon(t);
  const good = await run(daemon.host, 'describe', 'svc/svc-0', '-n', 'shop');
  t.equal(good.code, 0);
  t.match(good.stdout, /^Name: +shop\/svc-0\nType: +ClusterIP\n/);
  t.match(good.stdout, /\nRouted: +1 of 1 endpoints, rev 1, \d+s ago\n/);
  t.match(good.stdout, / {2}127\.\d+\.1\.1:8080\/TCP +clusterIP +listening /);
  t.match(good.stdout, / {2}127\.\d+\.2\.1:\d+ +web-a +node-a +<none> +ready +yes +0 +-\n/);
  t.notMatch(good.stdout, /No endpoint|Faults:/);
  await daemon.become('notReady');
  const bad = await run(daemon.host, 'describe', 'svc-0', '-n', 'shop');
  t.match(bad.stdout, /\n {2}No endpoint for clients in the cluster: NO_ENDPOINT: /);
  t.match(
    bad.stdout,
    /\n {2}out +\S+ \(web-a\) +EP_NOT_READY +EndpointSlice svc-0-0 endpoints\[0\]\.conditions\.ready=false since /,
  );
  t.match(bad.stdout, /\n {2}last routable: rev 1, /);
  t.match(bad.stdout, /\nChanges:\n(.*\n)* {2}.* rev 2 .*ready true->false.* routable 1 -> 0\n$/);
  const json = await run(daemon.host, 'describe', 'svc-0', '-n', 'shop', '-o', 'json');
  t.match(JSON.parse(json.stdout), {
    service: { name: 'svc-0' },
    ports: [{ explanations: [{ routable: false }] }],
    changes: [{}, {}],
  });
  const missing = await run(daemon.host, 'describe', 'svc/svc-1', '-n', 'shop');
  t.match(missing, { code: 3, stderr: /^error: .*\nhint: did you mean svc\/svc-0\?\n$/ });
});

t.test('top counts flows, new ones and bytes, also of flows that ended between', async (t) => {
  const daemon = await startShopDaemon(t);
  await startBackends(t, daemon.port);
  const env = { SVCLANE_HOST: daemon.host };
  const held = createConnection({ host: `${PREFIX}.1.1`, port: 8080 });
  t.teardown(() => held.destroy());
  await new Promise((done) => held.once('data', done));
  const top = startSvclane(['top', 'svc/svc-0', '-n', 'shop', '--interval', '1s', '-o', 'json'], { env });
  t.teardown(() => top.kill('SIGKILL'));
  await top.until(/"items":\[\{"namespace":"shop","service":"svc-0","flows":1,"newPerSecond":0,/);
  const before = top.stdout.length;
  const short = createConnection({ host: `${PREFIX}.1.1`, port: 8080 });
  short.on('data', () => short.end());
  await new Promise((done) => short.once('close', done));
  await top.until(/"newPerSecond":0\.\d*[1-9]/);
  const line =
    top.stdout
      .slice(before)
      .split('\n')
      .find((text) => /"newPerSecond":0\.\d*[1-9]/.test(text)) ?? '{}';
  t.match(JSON.parse(line), { items: [{ flows: 1, routable: 1, total: 1, failuresPerSecond: 0 }] });
  await top.until(/"bytesOutPerSecond":[1-9]/);
  const table = await run(daemon.host, 'top', '--once', '--interval', '200ms');
  t.match(table, { code: 0, stdout: /^NAMESPACE +SERVICE +FLOWS\* .*\nshop +svc-0 +1 +0 / });
  t.match(await run(daemon.host, 'top', 'svc/none'), {
    code: 3,
    stderr: /^error: there is no Service "none" .*\nhint: /,
  });
});
