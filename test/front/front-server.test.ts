import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { autoConfigScript } from '../../src/front/auto-config.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../../src/front/front-client.ts';
import { createFrontServer, MAX_HANDSHAKES } from '../../src/front/front-server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Flow } from '../../src/model/flow.ts';
import { channels } from '../../src/observability/channels.ts';
import { frontClient, GREETING, openFront, readBytes, socksRequest, toEndpoints } from '../fixtures/front.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { seededBytes } from '../fixtures/seeded-bytes.ts';
import {
  createRig,
  deadEndpoint,
  ending,
  endpointAt,
  next,
  nextEnd,
  pattern,
  receive,
  SETTINGS,
  tcpBackend,
} from '../fixtures/tcp-rig.ts';

const run = promisify(execFile);
const WANTS_WEB = Buffer.concat([GREETING, socksRequest('web', 80)]);
const OK = Buffer.from([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

/** The reply to a CONNECT by SOCKS5, after the greeting's. */
function socksReply(code: number): Buffer {
  return Buffer.from([5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

t.test('curl reaches a Service by its name', async (t) => {
  const web = createHttpServer((request, response) => response.end(`hello ${request.headers.host} ${request.url}`));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  t.teardown(() => web.close());
  const backend = endpointAt((web.address() as AddressInfo).port);
  const { port } = await openFront(t, createRig(t), toEndpoints(backend));
  for (const proxy of [
    ['-x', `socks5h://127.0.0.1:${port}`],
    ['--proxytunnel', '-x', `http://127.0.0.1:${port}`],
  ]) {
    const { stdout } = await run('curl', ['-sS', '-m', '10', ...proxy, 'http://web/path'], {
      env: { PATH: process.env.PATH },
    });
    t.equal(stdout, 'hello web /path', proxy.join(' '));
  }
  const refused = await run('curl', ['-sS', '-m', '10', '-x', `socks5h://127.0.0.1:${port}`, 'http://nope/'], {
    env: { PATH: process.env.PATH },
  }).catch((error: { stderr: string }) => error.stderr);
  t.match(refused, /\(97\).*nope.*\(4\)/, 'host unreachable');
});

t.test('a client is an ordinary flow, with large transfers both ways', async (t) => {
  const up = pattern(3_000_000, 1);
  const down = pattern(3_000_000, 2);
  const arrived = Promise.withResolvers<Buffer>();
  const backend = await tcpBackend(t, (socket) => {
    socket.end(down);
    arrived.resolve(receive(socket));
  });
  const set = createRig(t);
  const front = await openFront(t, set, toEndpoints(await deadEndpoint(), backend));
  const opened = next(t, channels.flowOpened);
  const ended = nextEnd(t);
  const client = frontClient(t, front);
  client.write(WANTS_WEB);
  t.same(await readBytes(client, OK.length), OK);
  t.match(
    [...(await set.flows())],
    [{ endpoint: backend, failedTries: [{ errno: 'ECONNREFUSED' }], why: 'roundrobin' }],
  );
  client.end(up);
  t.ok((await receive(client)).equals(down));
  t.ok((await arrived.promise).equals(up));
  t.equal((await opened).route.frontend.key, 'web.shop:80/TCP');
  t.match(await ended, { end: { cause: 'finished' }, bytesIn: up.length, bytesOut: down.length });
});

t.test('bytes sent along with the request reach the backend first', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const front = await openFront(t, createRig(t), toEndpoints(backend));
  const client = frontClient(t, front);
  client.end(Buffer.concat([WANTS_WEB, Buffer.from('early bird')]));
  t.same(await receive(client), Buffer.concat([OK, Buffer.from('early bird')]));
  const http = frontClient(t, front);
  http.end('CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\nearly bird');
  t.equal((await receive(http)).toString(), 'HTTP/1.1 200 Connection established\r\n\r\nearly bird');
});

t.test('a client that has finished sending before it is connected still gets the whole answer', async (t) => {
  for (const reads of ['auto', 'plain'] as const) {
    const backend = await tcpBackend(t, async (socket) => {
      const request = await receive(socket);
      socket.end(`got ${request}`);
    });
    const front = await openFront(t, createRig(t, { reads }), toEndpoints(await deadEndpoint(), backend));
    for (const sent of ['', 'all of it']) {
      const client = frontClient(t, front);
      client.end(Buffer.concat([WANTS_WEB, Buffer.from(sent)]));
      t.same(await receive(client), Buffer.concat([OK, Buffer.from(`got ${sent}`)]), `${reads}: ${sent}`);
    }
  }
});

t.test('a request that comes byte by byte is understood', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('bye'));
  const front = await openFront(t, createRig(t), toEndpoints(backend));
  for (const [request, reply] of [
    [WANTS_WEB, OK],
    [Buffer.from('CONNECT web:80 HTTP/1.0\r\n\r\n'), Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')],
  ] as const) {
    const client = frontClient(t, front);
    for (const byte of request) await new Promise((resolve) => client.write(Buffer.from([byte]), resolve));
    t.same(await receive(client), Buffer.concat([reply, Buffer.from('bye')]));
  }
});

t.test('a client is told why there is no connection', async (t) => {
  const dead = await deadEndpoint();
  const limits = { ...SETTINGS.limits, maxConnections: 0 };
  const cases = [
    ['nobody accepts', [dead], {}, 5, /^HTTP\/1.1 502 .*error=connection_refused/s],
    ['there is no endpoint', [], {}, 4, /^HTTP\/1.1 503 .*error=destination_unavailable/s],
    [
      'a limit is reached',
      [dead],
      { settings: { ...SETTINGS, limits } },
      1,
      /^HTTP\/1.1 503 .*connection_limit_reached/s,
    ],
  ] as const;
  for (const [title, endpoints, options, code, status] of cases) {
    t.test(title, async (t) => {
      const front = await openFront(t, createRig(t, options), toEndpoints(...endpoints));
      const socks = frontClient(t, front);
      socks.write(WANTS_WEB);
      t.same(await receive(socks), socksReply(code));
      const http = frontClient(t, front);
      http.write('CONNECT web:80 HTTP/1.1\r\n\r\n');
      t.match((await receive(http)).toString(), status);
    });
  }
});

t.test('a client is held where clients are held, and told when its wait is over', async (t) => {
  const onEmpty = { action: 'hold', maxWaitMs: 5000, maxQueued: 1 } as const;
  const clock = new SteppedClock();
  const set = createRig(t, { settings: { ...SETTINGS, onEmpty }, clock });
  const front = await openFront(t, set, toEndpoints());
  const client = frontClient(t, front);
  const opened = next(t, channels.flowOpened);
  client.write(WANTS_WEB);
  await opened;
  clock.advance(5000);
  t.same(await receive(client), socksReply(4), 'the wait was over');
});

const HANGS_UP: readonly (readonly [title: string, sent: Buffer | string, reply: Buffer | RegExp])[] = [
  ['SOCKS5 that wants a password', Buffer.from([5, 1, 2]), Buffer.from([5, 255])],
  ['SOCKS5 without a method', Buffer.from([5, 0]), Buffer.from([5, 255])],
  ['SOCKS5 BIND', Buffer.concat([GREETING, socksRequest('web', 80, 2)]), socksReply(7)],
  ['SOCKS5 UDP ASSOCIATE', Buffer.concat([GREETING, socksRequest('web', 80, 3)]), socksReply(7)],
  ['SOCKS5 with an unknown kind of address', Buffer.concat([GREETING, Buffer.from([5, 1, 0, 9, 1])]), socksReply(8)],
  ['SOCKS5 with an empty name', Buffer.concat([GREETING, socksRequest('', 80)]), socksReply(1)],
  ['SOCKS5 to port 0', Buffer.concat([GREETING, socksRequest('web', 0)]), socksReply(1)],
  ['SOCKS5 that changes its version', Buffer.concat([GREETING, Buffer.from([4, 1, 0, 1])]), socksReply(1)],
  ['SOCKS5 to an IPv4 address', Buffer.concat([GREETING, Buffer.from([5, 1, 0, 1, 8, 8, 8, 8, 0, 53])]), socksReply(4)],
  [
    'SOCKS5 to an IPv6 address',
    Buffer.concat([GREETING, Buffer.from([5, 1, 0, 4, ...Buffer.alloc(16, 1), 0, 53])]),
    socksReply(4),
  ],
  ['SOCKS4', Buffer.from([4, 1, 0, 80, 0, 0, 0, 1, 0]), Buffer.from([0, 0x5b, 0, 0, 0, 0, 0, 0])],
  ['something else', Buffer.from([0x16, 3, 1]), Buffer.alloc(0)],
  [
    'CONNECT to a Service that is not there',
    'CONNECT nope:1 HTTP/1.1\r\n\r\n',
    /^HTTP\/1.1 502 .*dns_error.*error: no nope\nhint: {2}try web\n$/s,
  ],
  ['CONNECT without a port', 'CONNECT web HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 .*host:port/s],
  ['CONNECT to a port that is none', 'CONNECT web:65536 HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 /],
  ['a whole URL', 'GET http://web/ HTTP/1.1\r\n\r\n', /^HTTP\/1.1 405 .*Allow: CONNECT.*--proxytunnel/s],
  ['a page of the proxy itself', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1.1 404 .*proxy\.pac/s],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\n', /^HTTP\/1.1 400 /],
  ['a head without end', `CONNECT web:80 HTTP/1.1\r\nA: ${'a'.repeat(9000)}`, /^HTTP\/1.1 431 /],
];

for (const [title, sent, expected] of HANGS_UP) {
  t.test(`${title} is told so, and hung up on`, async (t) => {
    const front = await openFront(t, createRig(t), toEndpoints());
    const client = frontClient(t, front);
    client.write(sent);
    const reply = await receive(client).catch(() => Buffer.alloc(0));
    if (expected instanceof RegExp) t.match(reply.toString(), expected);
    else t.same(reply, expected);
  });
}

t.test('slow clients are hung up on, whatever they send meanwhile; flows are not', async (t) => {
  const clock = new SteppedClock();
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const front = await openFront(t, createRig(t), toEndpoints(backend), { clock });
  const served = frontClient(t, front);
  served.write(WANTS_WEB);
  t.same(await readBytes(served, OK.length), OK);
  const slow = frontClient(t, front);
  slow.write(GREETING);
  t.same(await readBytes(slow, 2), Buffer.from([5, 0]));
  const ended = ending(slow);
  clock.advance(HANDSHAKE_TIMEOUT_MS);
  t.match(await ended, /end|close|ECONNRESET/);
  served.write('still here');
  t.equal((await readBytes(served, 10)).toString(), 'still here');
});

t.test('a client too many is hung up on, and there is room again when one has left', async (t) => {
  const front = await openFront(t, createRig(t), toEndpoints());
  const waiting: Socket[] = [];
  for (let i = 0; i < MAX_HANDSHAKES; i++) {
    const client = frontClient(t, front);
    await new Promise((resolve) => client.once('connect', resolve));
    waiting.push(client);
  }
  t.match(await ending(frontClient(t, front)), /ECONNRESET|close/);
  const [first] = waiting;
  first?.write(Buffer.from([5, 1, 2]));
  await (first && receive(first));
  const client = frontClient(t, front);
  client.write(Buffer.from([5, 1, 2]));
  t.same(await receive(client), Buffer.from([5, 255]));
});

t.test('when nobody is served any more, a client is told so', async (t) => {
  const set = createRig(t);
  const front = await openFront(t, set, toEndpoints());
  await set.close();
  const client = frontClient(t, front);
  client.write(WANTS_WEB);
  t.same(await receive(client), socksReply(1));
});

t.test('closing ends who has not said where to, and leaves flows alone', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const set = createRig(t);
  const resolve = toEndpoints(backend);
  const front = createFrontServer({
    listen: { address: '::1', port: 0 },
    resolve,
    connect: (target, client, adoption): Flow | undefined => set.adopt(target, client, adoption),
    names: () => ({ domain: 'cluster.local', namespaces: [] }),
    clock: systemClock,
  });
  const bound = await front.open();
  const served = frontClient(t, bound);
  served.write(WANTS_WEB);
  t.same(await readBytes(served, OK.length), OK);
  const waiting = frontClient(t, bound);
  waiting.write(GREETING);
  t.same(await readBytes(waiting, 2), Buffer.from([5, 0]));
  await Promise.all([front.close(), front.close()]);
  t.match(await ending(waiting), /end|close|ECONNRESET/);
  served.write('still here');
  t.equal((await readBytes(served, 10)).toString(), 'still here');
});

t.test('an address that is taken is told, with what would help', async (t) => {
  const front = await openFront(t, createRig(t), toEndpoints());
  await t.rejects(openFront(t, createRig(t), toEndpoints(), { listen: front }), {
    code: 'SVL_LISTEN',
    hint: /another process/,
  });
});

t.test('a browser is told to come here with names of the cluster, and with nothing else', async (t) => {
  const front = await openFront(t, createRig(t), toEndpoints());
  const client = frontClient(t, front);
  client.write('GET /proxy.pac HTTP/1.1\r\n\r\n');
  const reply = (await receive(client)).toString();
  t.match(reply, /^HTTP\/1.1 200 OK\r\nContent-Type: application\/x-ns-proxy-autoconfig\r\n/);
  t.ok(reply.endsWith(autoConfigScript({ domain: 'cluster.local', namespaces: ['shop'] }, front)));
  const find = (host: string): unknown =>
    runInNewContext(`${reply.split('\r\n\r\n')[1]}; FindProxyForURL('', ${JSON.stringify(host)})`);
  const here = `SOCKS5 127.0.0.1:${front.port}; PROXY 127.0.0.1:${front.port}`;
  for (const host of ['web.shop', 'web.shop.svc', 'WEB.shop.svc.cluster.local', 'db-0.db.shop.svc'])
    t.equal(find(host), here, host);
  for (const host of ['www.example.com', 'shop', 'www.web.shop', 'localhost', 'cluster.local'])
    t.equal(find(host), 'DIRECT', host);
});

t.test('damaged requests never stop it from serving', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('bye'));
  const front = await openFront(t, createRig(t), toEndpoints(backend));
  const random = seededBytes(3);
  const seeds = [WANTS_WEB, Buffer.from('CONNECT web:80 HTTP/1.1\r\nHost: web\r\n\r\n'), Buffer.from([4, 1, 0, 80])];
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(seeds[i % seeds.length] ?? GREETING);
    for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256);
    const client = frontClient(t, front);
    client.end(bytes.subarray(0, 1 + random(bytes.length)));
    await ending(client);
  }
  const client = frontClient(t, front);
  client.write(WANTS_WEB);
  t.same(await receive(client), Buffer.concat([OK, Buffer.from('bye')]));
});
