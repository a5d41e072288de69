import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { moveDemo } from '../fixtures/demo-addresses.ts';
import { freePort, readAll, startEcho } from '../fixtures/echo-backends.ts';
import { type SvclaneProcess, startSvclane } from '../fixtures/svclane-process.ts';

/** A folder with manifests of one Service and a configuration with one lane to it. */
async function laneSetup(t: Test, endpoints: readonly { address: string; port: number; ready?: boolean }[]) {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-daemon-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const manifest = join(folder, 'web.yaml');
  const config = join(folder, 'config.yaml');
  const write = (list: typeof endpoints): void => writeFileSync(manifest, manifestOf(list));
  const writeConfig = (lanes: readonly string[], more = ''): void =>
    writeFileSync(
      config,
      `apiVersion: svclane.dev/v1alpha1\nkind: ProxyConfiguration\nsource: file:web.yaml\nadmin: {listen: "unix:${folder}/admin.sock"}\nlanes: [${lanes.join(', ')}]\nlogging: {level: debug, format: json}\n${more}`,
    );
  write(endpoints);
  writeConfig([laneTo(port)]);
  return { folder, port, config, write, writeConfig };
}

function laneTo(port: number): string {
  return `{target: svc/web, listen: "127.0.0.1:${port}", port: http}`;
}

function manifestOf(endpoints: readonly { address: string; port: number; ready?: boolean }[]): string {
  const slices = endpoints.map(
    ({ address, port, ready = true }, i) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-${i}, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: ${port}}]
endpoints: [{addresses: [${address}], conditions: {ready: ${ready}}}]
`,
  );
  return `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 127.77.9.1, ports: [{name: http, port: 80}]}
${slices.join('')}`;
}

function run(t: Test, config: string): SvclaneProcess {
  const svclane = startSvclane(['run', '--config', config]);
  t.teardown(async () => {
    svclane.kill('SIGKILL');
    await svclane.exit;
  });
  return svclane;
}

function open(t: Test, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  return socket;
}

t.test('a manifest that changes moves new connections, and leaves the open ones where they are', async (t) => {
  const one = await startEcho(t, 'one');
  const two = await startEcho(t, 'two');
  const { port, config, write } = await laneSetup(t, [one]);
  const svclane = run(t, config);
  await svclane.until(/"reason":"ListenerBound"/);
  const before = open(t, port);
  t.equal(await readAll(before, 'a', { end: false }), 'one:a');
  write([two]);
  await svclane.until(/"reason":"EndpointRemoved"|"rev":2/);
  t.equal(await readAll(open(t, port), 'b'), 'two:b');
  t.equal(await readAll(before, 'c'), 'one:c', 'the first connection still reaches its endpoint');
  svclane.kill('SIGTERM');
  t.equal(await svclane.exit, 0);
});

t.test('an endpoint that refuses is passed over for one that accepts', async (t) => {
  const dead = { address: '127.0.0.1', port: await freePort() };
  const alive = await startEcho(t, 'alive');
  const { port, config } = await laneSetup(t, [dead, alive]);
  const svclane = run(t, config);
  await svclane.until(/"reason":"ListenerBound"/);
  for (let i = 0; i < 4; i++) t.equal(await readAll(open(t, port), 'x'), 'alive:x');
});

t.test('without a ready endpoint the kernel refuses, and the route says why', async (t) => {
  const echo = await startEcho(t, 'one');
  const { port, config, write, folder } = await laneSetup(t, [{ ...echo, ready: false }]);
  const svclane = run(t, config);
  await svclane.until(/"reason":"Synced"/);
  const refused = open(t, port);
  const [error] = await new Promise<[NodeJS.ErrnoException]>((done) => refused.once('error', (e) => done([e])));
  t.equal(error.code, 'ECONNREFUSED');
  const get = startSvclane(['get', 'routes', 'svc/web', '-o', 'wide', '--host', `unix:${folder}/admin.sock`]);
  t.equal(await get.exit, 0);
  t.match(get.stdout, /default +web +http\/tcp +127\.0\.0\.1:\d+ \(local\) +0\/1 +idle .*NO_ENDPOINT/);
  write([echo]);
  await svclane.until(/"reason":"ListenerBound"/);
  t.equal(await readAll(open(t, port), 'x'), 'one:x');
});

t.test(
  'SIGHUP takes new lanes in, keeps the old configuration when the new one is wrong, and touches nothing else',
  async (t) => {
    const echo = await startEcho(t, 'one');
    const { port, config, writeConfig } = await laneSetup(t, [echo]);
    const second = await freePort();
    const svclane = run(t, config);
    await svclane.until(/"reason":"ListenerBound"/);
    const before = open(t, port);
    t.equal(await readAll(before, 'a', { end: false }), 'one:a');
    writeConfig([laneTo(port), laneTo(second)]);
    svclane.kill('SIGHUP');
    await svclane.until(new RegExp(`"reason":"ListenerBound".*${second}`));
    t.equal(await readAll(open(t, second), 'x'), 'one:x');
    writeFileSync(config, readFileSync(config, 'utf8').replace('format: json', 'format: json, accessLog: all'));
    svclane.kill('SIGHUP');
    await svclane.until(/"reason":"Reloaded"[^\n]*accessLog|accessLog[^\n]*"reason":"Reloaded"/);
    t.equal(await readAll(open(t, second), 'z'), 'one:z');
    await svclane.until(/"conn":"c-\d+"/);
    writeConfig(['{target: nonsense}']);
    svclane.kill('SIGHUP');
    await svclane.until(/"reason":"ReloadRejected"/);
    t.equal(await readAll(open(t, second), 'y'), 'one:y');
    t.equal(await readAll(before, 'b'), 'one:b', 'the connection from before is still there');
  },
);

t.test('SIGTERM refuses new clients and waits for those that are there; a second one ends at once', async (t) => {
  const echo = await startEcho(t, 'one');
  const { port, config } = await laneSetup(t, [echo]);
  const svclane = run(t, config);
  await svclane.until(/"reason":"ListenerBound"/);
  const live = open(t, port);
  t.equal(await readAll(live, 'a', { end: false }), 'one:a');
  svclane.kill('SIGTERM');
  await svclane.until(/"reason":"Stopping"/);
  t.equal(await readAll(live, 'b', { end: false }), 'one:b', 'the open connection goes on');
  svclane.kill('SIGTERM');
  t.equal(await svclane.exit, 0);
});

t.test('a lane whose address is taken fails alone, is reported, and is bound when the address is free', async (t) => {
  const echo = await startEcho(t, 'one');
  const squatter = await startEcho(t, 'squatter');
  const { port, config, writeConfig } = await laneSetup(t, [echo]);
  writeConfig([laneTo(squatter.port), laneTo(port)]);
  const svclane = run(t, config);
  await svclane.until(/"reason":"ListenerFailed"[^\n]*EADDRINUSE|EADDRINUSE[^\n]*"reason":"ListenerFailed"/);
  await svclane.until(new RegExp(`"reason":"ListenerBound"[^\n]*${port}`));
  t.equal(await readAll(open(t, port), 'x'), 'one:x', 'the other lane serves');
  await squatter.close();
  await svclane.until(new RegExp(`"reason":"ListenerBound"[^\n]*${squatter.port}`));
  t.equal(await readAll(open(t, squatter.port), 'y'), 'one:y');
});

t.test('the demo answers as it says, follows an edited manifest, and Ctrl-C ends it cleanly', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-demo-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(resolve(import.meta.dirname, '../../config'), folder, { recursive: true });
  const [cluster, pods] = moveDemo(folder);
  const svclane = startSvclane(['demo', '--config', join(folder, 'demo.yaml')]);
  t.teardown(() => svclane.kill('SIGKILL'));
  const [, url = ''] = await svclane.until(new RegExp(`curl (http://${cluster}\\.10:8080/)`));
  await svclane.until(/Ctrl-C/);
  const answers = new Set<string>();
  for (let i = 0; i < 6; i++) answers.add(await (await fetch(url, { headers: { connection: 'close' } })).text());
  t.equal(answers.size, 2, 'two of three endpoints are ready');
  for (const answer of answers) t.match(answer, pods);
  const manifest = join(folder, 'demo', 'web.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('ready: false', 'ready: true'));
  await svclane.until(/changed: demo\/web:http/);
  for (let i = 0; i < 6; i++) answers.add(await (await fetch(url, { headers: { connection: 'close' } })).text());
  t.equal(answers.size, 3, 'the third endpoint is used too');
  svclane.kill('SIGINT');
  t.equal(await svclane.exit, 0);
});
