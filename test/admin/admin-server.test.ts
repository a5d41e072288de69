import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Agent, request } from 'undici';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';

const web = portOf('shop/web', ['10.244.1.7:8080']);
const table = tableOf(9, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), web)])]);
const view = viewOf(table);

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
  for (const listen of ['', 'http://name:80', 'unix:relative']) {
    t.throws(() => createAdminServer(view, { listen, clock: systemClock }), { code: 'SVL_LISTEN' });
  }
});

t.test('at an address that other machines reach everything needs the token', async (t) => {
  const options = { listen: 'http://0.0.0.0:0', clock: systemClock };
  t.throws(() => createAdminServer(view, options), { code: 'SVL_LISTEN', message: /needs a token/ });
  const path = join(await shortFolder(t), 'token');
  const server = createAdminServer(view, { ...options, token: { path, create: true } });
  t.teardown(() => server.close());
  await server.start();
  const url = `http://127.0.0.1:${server.address?.port}/v1/version`;
  const refused = await request(url);
  t.equal(refused.statusCode, 401);
  t.notMatch(await refused.body.text(), /1\.2\.3/);
  const authorization = `Bearer ${(await readFile(path, 'utf8')).trim()}`;
  t.match(await (await request(url, { headers: { authorization } })).body.json(), { svclane: '1.2.3' });
});

t.test('a token that cannot be used keeps the server from starting', async (t) => {
  const folder = await shortFolder(t);
  const token = { path: join(folder, 'token'), create: true };
  await writeFile(token.path, 'a-token-for-everybody', { mode: 0o644 });
  const server = createAdminServer(view, { listen: `unix:${folder}/admin.sock`, clock: systemClock, token });
  t.teardown(() => server.close());
  await t.rejects(server.start(), { code: 'SVL_TOKEN', message: /its mode is 0644/ });
  await t.rejects(stat(`${folder}/admin.sock`), { code: 'ENOENT' });
});

t.test('who does not speak HTTP is told so, and the next one is answered', async (t) => {
  const folder = await shortFolder(t);
  const path = `${folder}/admin.sock`;
  const server = createAdminServer(view, { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => server.close());
  await server.start();
  const cases: readonly [string, number][] = [
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['GET / HTTP/9.9\r\n\r\n', 400],
    ['GET /v1/version HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ];
  for (const [text, status] of cases) {
    const answer = await exchange(path, text);
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), text.slice(0, 20));
    t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), { status, code: 'BAD_REQUEST' }, text.slice(0, 20));
  }
  const dispatcher = new Agent({ connect: { socketPath: path } });
  t.teardown(() => dispatcher.close());
  t.equal((await request('http://any.name/v1/version', { dispatcher })).statusCode, 200);
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

/** What comes back for these bytes, until the end. */
async function exchange(path: string, text: string): Promise<string> {
  const socket = connect({ path });
  socket.setEncoding('latin1');
  let answer = '';
  socket.on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

/** A socket path has 107 bytes at most: the folder of the test would be too long. */
async function shortFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svclane-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a crash leaves: the file of a socket whose process is gone. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  await once(spawn(process.execPath, ['-e', script, path]), 'exit');
}
