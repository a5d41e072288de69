import { createConnection } from 'node:net';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { manifestsOf } from '../fixtures/explain-states.ts';
import {
  type ManifestDaemon,
  PREFIX,
  startBackends,
  startManifestDaemon,
  tryConnection,
} from '../fixtures/manifest-daemon.ts';
import { CONDITIONS, rawEndpoint } from '../fixtures/routing.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

/** Service svc-0 of namespace shop at `PREFIX.1.1`, with the endpoint `PREFIX.2.1`. */
function objects(port: number, conditions: object = CONDITIONS.ready): readonly object[] {
  const endpoints = [rawEndpoint('1', { conditions, nodeName: 'node-a', targetRef: { kind: 'Pod', name: 'web-a' } })];
  return manifestsOf(
    [{ service: {}, labels: {}, slices: [{ portName: 'http', protocol: 'TCP', endpoints }] }],
    PREFIX,
    port,
  );
}

async function run(daemon: ManifestDaemon, ...args: string[]) {
  const svclane = startSvclane(args, { env: { SVCLANE_HOST: daemon.host } });
  const code = await svclane.exit;
  return { code, stdout: svclane.stdout, stderr: svclane.stderr };
}

t.test('explain, history and get tell how a Service lost its endpoint', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, objects(port));
  const good = await run(daemon, 'explain', 'svc/svc-0:http', '-n', 'shop');
  t.match(good, { code: 0, stdout: /=> FORWARD 127\.\d+\.1\.1:8080\/TCP to 127\.\d+\.2\.1:\d+ \(web-a\)\n/ });
  const watch = startSvclane(['get', 'routes', '-w'], { env: { SVCLANE_HOST: daemon.host } });
  t.teardown(() => watch.kill('SIGKILL'));
  await watch.until(/1\/1 +listening/);
  await daemon.replace(objects(port, CONDITIONS.notReady));
  await watch.until(/0\/1 +idle: NO_ENDPOINT/);
  watch.kill('SIGTERM');
  t.equal(watch.stdout.match(/NAMESPACE/g)?.length, 1, 'the header is printed once');
  const bad = await run(daemon, 'explain', 'svc-0', '-n', 'shop');
  t.equal(bad.code, 4);
  t.match(
    bad.stdout,
    /out {2}\S+ \(web-a\) {3}EP_NOT_READY {3}EndpointSlice svc-0-0 endpoints\[0\]\.conditions\.ready=false since /,
  );
  t.match(bad.stdout, /=> REFUSE NO_ENDPOINT: /);
  t.match(
    bad.stdout,
    /would work if: EndpointSlice svc-0-0 endpoints\[0\]\.conditions\.ready=true, pod web-a \(1 endpoint\)\n/,
  );
  t.match(bad.stdout, /last routable: rev 1, .* svclane explain svc\/svc-0 -n shop --at 1\n/);
  t.match(await run(daemon, 'explain', 'svc-0', '-n', 'shop', '--at', '1'), { code: 0, stdout: /=> FORWARD/ });
  const diff = await run(daemon, 'history', 'svc/svc-0', '-n', 'shop', '--since', '10m', '--diff');
  t.match(diff, {
    code: 8,
    stdout:
      /rev 2 {3}shop\/svc-0 {3}slice svc-0-0 .*\(web-a\) ready true->false, serving true->false {3}routable 1 -> 0\n/,
  });
  t.match(await run(daemon, 'get', 'routes', 'svc/svc-0', '--at', '1'), { code: 0, stdout: /1\/1 +listening/ });
  t.match(await run(daemon, 'get', 'routes', 'svc/svc-0'), { code: 0, stdout: /0\/1 +idle: NO_ENDPOINT/ });
  t.match(await run(daemon, 'get', 'services', '-o', 'jsonpath={.items[*].routable}'), { code: 0, stdout: '0' });
});

t.test('what is not there is said with what is', async (t) => {
  const daemon = await startManifestDaemon(t, objects(await freePort()));
  const cases: readonly [readonly string[], number, RegExp][] = [
    [['explain', 'svc/svc-1', '-n', 'shop'], 1, /hint: did you mean svc\/svc-0\?/],
    [['explain', 'svc/svc-0', '-n', 'default'], 1, /hint: .*svc\/svc-0 -n shop is there/],
    [['explain', 'svc/svc-1'], 1, /in namespace "shop"\nhint: did you mean svc\/svc-0\?/],
    [['tap', 'svc/svc-1'], 3, /in namespace "shop"\nhint: did you mean svc\/svc-0\?/],
    [['explain', 'svc/svc-0:no', '-n', 'shop'], 4, /^$/],
    [['explain', 'svc/svc-0', '-n', 'shop', '--at', '77'], 3, /hint: the oldest that is there is 1 /],
    [['get', 'routes', 'svc/none'], 3, /there is no Service "none"/],
    [['get', 'conns', 'svc/svc-1', '-n', 'shop'], 3, /hint: did you mean svc\/svc-0\?/],
    [['history', 'svc/svc-1', '-n', 'shop'], 3, /hint: did you mean svc\/svc-0\?/],
    [['get', 'services', '--at', '77'], 3, /hint: the oldest that is there is 1 /],
    [['get', 'conns', '-o', 'xml'], 2, /hint: use one of wide/],
  ];
  await Promise.all(
    cases.map(async ([args, code, stderr]) => t.match(await run(daemon, ...args), { code, stderr }, args.join(' '))),
  );
});

t.test('the connection table and tap say why', async (t) => {
  const port = await freePort();
  await startBackends(t, port);
  const daemon = await startManifestDaemon(t, objects(port));
  const tap = startSvclane(['tap', 'svc/svc-0', '-n', 'shop', '--max', '4'], { env: { SVCLANE_HOST: daemon.host } });
  const held = createConnection({ host: `${PREFIX}.1.1`, port: 8080 });
  t.teardown(() => held.destroy());
  await new Promise((done) => held.once('data', done));
  t.match(await run(daemon, 'get', 'conns', 'svc/svc-0'), {
    code: 0,
    stdout: /^ID .*WHY\nc-\d+ +shop +svc-0 +127\.0\.0\.1:\d+ +127\.\d+\.2\.1:\d+ +web-a +\d+s +0 +\d+ +1 +only\n$/,
  });
  t.match(await run(daemon, 'get', 'endpoints', '-o', 'wide'), { code: 0, stdout: /ready +yes +1 / });
  // Tap may have begun after the first flow did: as many follow as it takes.
  let more = true;
  void tap.exit.then(() => {
    more = false;
  });
  for (let i = 0; more && i < 20_000; i++) await tryConnection(`${PREFIX}.1.1`);
  t.equal(await tap.exit, 0);
  t.match(tap.stdout, /\+ c-\d+ {2}127\.0\.0\.1:\d+ -> shop\/svc-0:http/);
  t.match(tap.stdout, /- c-\d+ .* -> 127\.\d+\.2\.1:\d+ \(web-a\) {2}only; 1 try, in 0, out \d+, \d+s {2}finished\n/);
});
