import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Agent, request } from 'undici';
import { buildAdminApp, createAdminServer } from '../../src/admin/admin-server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';

const web = portOf('shop/web', ['10.244.1.7:8080']);
const table = tableOf(9, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), web)])]);
const view = viewOf(table);

t.test('every path answers JSON of its schema', async (t) => {
  const app = buildAdminApp(view, { checkHost: false });
  t.teardown(() => app.close());
  const cases: readonly [string, object][] = [
    ['/v1/routes', { generation: 9, items: [{ service: 'web', endpoints: [{ address: '10.244.1.7' }] }] }],
    ['/v1/routes?namespace=shop&service=web&limit=1', { items: { length: 1 } }],
    ['/v1/routes?namespace=none', { items: { length: 0 } }],
    ['/v1/ejections?namespace=shop', { generation: 9, items: { length: 0 } }],
    ['/v1/status', { generation: 9, source: { resources: [{ ageSeconds: 30 }] } }],
    ['/v1/version', { svclane: '1.2.3', node: process.versions.node }],
    ['/configz', { svclane: { mode: 'node' } }],
  ];
  for (const [url, expected] of cases) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, 200, url);
    t.match(response.headers['content-type'], /^application\/json/, url);
    t.match(response.json(), expected, url);
  }
});

t.test('errors are problem documents with a code, and do not echo', async (t) => {
  const broken = viewOf(table, {}, { source: () => raise('secret detail') });
  const app = buildAdminApp(broken, { checkHost: false });
  t.teardown(() => app.close());
  const cases: readonly [string, 'GET' | 'POST', number, string][] = [
    ['/nothing', 'GET', 404, 'NOT_FOUND'],
    ['/v1/routes', 'POST', 404, 'NOT_FOUND'],
    ['/v1/routes?limit=0', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/routes?limit=many', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/routes?continue=nonsense', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/status', 'GET', 500, 'INTERNAL'],
  ];
  for (const [url, method, status, code] of cases) {
    const response = await app.inject({ url, method });
    t.equal(response.statusCode, status, url);
    t.match(response.headers['content-type'], /^application\/problem\+json/, url);
    t.match(response.json(), { status, code, title: String }, url);
    t.notMatch(response.body, /secret|nothing"/, url);
  }
});

t.test('on TCP only names that cannot be rebound are answered', async (t) => {
  const app = buildAdminApp(view, { checkHost: true });
  t.teardown(() => app.close());
  const cases: readonly [Record<string, string>, number][] = [
    [{ host: 'localhost:10290' }, 200],
    [{ host: '127.0.0.1' }, 200],
    [{ host: '[::1]:10290' }, 200],
    [{ host: 'localhost:1', origin: 'http://127.0.0.1:1' }, 200],
    [{ host: 'evil.example:10290' }, 403],
    [{ host: 'localhost.evil.example' }, 403],
    [{ host: 'localhost', origin: 'http://evil.example' }, 403],
    [{ host: 'localhost', origin: 'null' }, 403],
  ];
  for (const [headers, status] of cases) {
    const response = await app.inject({ url: '/v1/version', headers });
    t.equal(response.statusCode, status, JSON.stringify(headers));
  }
});

t.test('a Unix socket is for owner and group, in a folder of its own, and goes with the server', async (t) => {
  const path = `${await shortFolder(t)}/run/admin.sock`;
  const server = createAdminServer(view, { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => server.close());
  await server.start();
  t.equal((await stat(path)).mode & 0o777, 0o660);
  t.equal((await stat(dirname(path))).mode & 0o777, 0o750);
  const dispatcher = new Agent({ connect: { socketPath: path } });
  t.teardown(() => dispatcher.close());
  const response = await request('http://any.name/v1/version', { dispatcher });
  t.match(await response.body.json(), { svclane: '1.2.3' });
  await Promise.all([server.close(), server.close()]);
  await t.rejects(stat(path), { code: 'ENOENT' });
});

t.test('a socket file that nobody answers at is taken over, one that is answered is not', async (t) => {
  const path = `${await shortFolder(t)}/admin.sock`;
  await leaveStaleSocket(path);
  const first = createAdminServer(view, { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => first.close());
  await first.start();
  const second = createAdminServer(view, { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => second.close());
  await t.rejects(second.start(), { code: 'SVL_LISTEN', message: /another process answers/ });
  t.ok((await stat(path)).isSocket());
});

t.test('a file that is no socket is left alone', async (t) => {
  const path = `${await shortFolder(t)}/admin.sock`;
  await writeFile(path, 'mine');
  const server = createAdminServer(view, { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => server.close());
  await t.rejects(server.start(), { code: 'SVL_LISTEN', message: /no socket/ });
});

t.test('a TCP address that is taken is SVL_LISTEN, and so is one that is none', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  t.teardown(() => blocker.close());
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const server = createAdminServer(view, { listen: `http://127.0.0.1:${port}`, clock: systemClock });
  t.teardown(() => server.close());
  await t.rejects(server.start(), { code: 'SVL_LISTEN', message: /EADDRINUSE/ });
  for (const listen of ['', 'http://192.0.2.1:80', 'unix:relative']) {
    t.throws(() => createAdminServer(view, { listen, clock: systemClock }), { code: 'SVL_LISTEN' });
  }
});

t.test('close does not wait for clients that keep their connection', async (t) => {
  const server = createAdminServer(view, { listen: 'http://127.0.0.1:0', clock: systemClock });
  await server.start();
  const client = connect(server.address?.port ?? 0, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  client.write('GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(client, 'data');
  client.write('GET /half');
  client.on('error', () => {});
  const gone = new Promise((resolve) => client.once('close', resolve));
  await server.close();
  await gone;
  t.equal(server.address, undefined);
});

/** A socket path has 107 bytes at most: the folder of the test would be too long. */
async function shortFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svclane-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function raise(message: string): never {
  throw new Error(message);
}

/** What a crash leaves: the file of a socket whose process is gone. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  await once(spawn(process.execPath, ['-e', script, path]), 'exit');
}
