import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import t from 'tap';
import { type KubeAuth, loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { kubeconfigText } from '../../fixtures/fake-api-http.ts';
import { createFakeApiServer } from '../../fixtures/fake-api-server.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';
import { certificateA, certificateB } from '../../fixtures/kubernetes-tls.ts';

type Body = Readonly<Record<string, unknown>>;

async function load(t: TestHost, server: string, user: Body = {}, cluster: Body = {}): Promise<KubeAuth> {
  const config = JSON.parse(kubeconfigText(server, user));
  Object.assign(config.clusters[0].cluster, cluster);
  const kubeconfig = `${t.testdir({ config: JSON.stringify(config) })}/config`;
  const auth = await loadKubeAuth({ kubeconfig, context: '', env: process.env });
  t.teardown(() => auth.close());
  return auth;
}

async function listen(t: TestHost, server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that answers each request with its method, URL, headers and body. */
function echo(): Server {
  return createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }));
  });
}

async function ask(auth: KubeAuth, path = '/version'): Promise<number> {
  const { status, body } = await auth.request(path);
  await body.dump();
  return status;
}

t.test('a request is sent below the path of the server, encoded', async (t) => {
  const port = await listen(t, echo());
  const auth = await load(t, `http://127.0.0.1:${port}/k8s/c-1/`);
  const request = { method: 'POST', query: { a: '1 &', b: '!x' }, body: 'text', headers: { 'x-own': 'yes' } } as const;
  const { status, body } = await auth.request('/api/v1/pods', request);
  t.equal(status, 200);
  t.match(await body.json(), { method: 'POST', url: '/k8s/c-1/api/v1/pods?a=1+%26&b=%21x', body: 'text' });
  t.match(auth, { context: 'fake', namespace: 'default', server: `http://127.0.0.1:${port}/k8s/c-1` });
});

t.test('the user is in the headers', async (t) => {
  const port = await listen(t, echo());
  const root = t.testdir({ token: 'from-file\n' });
  const cases = [
    { name: 'token', user: { token: 'abc\n' }, headers: ['authorization', 'Bearer abc'] },
    { name: 'file', user: { tokenFile: `${root}/token` }, headers: ['authorization', 'Bearer from-file'] },
    { name: 'password', user: { username: 'a', password: 'b' }, headers: ['authorization', 'Basic YTpi'] },
    { name: 'impersonation', user: { as: 'jane' }, headers: ['impersonate-user', 'jane'] },
    {
      name: 'groups',
      user: { as: 'jane', 'as-groups': ['g1', 'g2'] },
      headers: ['impersonate-group', 'g1', 'impersonate-group', 'g2'],
    },
  ];
  for (const { name, user, headers } of cases) {
    await t.test(name, async (t) => {
      const config = `${t.testdir({ config: kubeconfigText(`http://127.0.0.1:${port}`, user) })}/config`;
      const auth = await loadKubeAuth({ kubeconfig: config, context: '', env: {} });
      t.teardown(() => auth.close());
      const answer = (await (await auth.request('/')).body.json()) as { rawHeaders: string[] };
      const sent = answer.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
      t.match(sent.join('\n'), headers.join('\n'));
    });
  }
});

t.test('of concurrent requests that get a 401, one renews the credentials for all', async (t) => {
  const server = await createFakeApiServer();
  t.teardown(() => server.close());
  server.tokens.add('token-2');
  const root = t.testdir({});
  const status = '{"token":"token-%d"}';
  const format = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}`;
  const script = `echo x >> ${root}/runs; printf '${format}' $(wc -l < ${root}/runs)`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  const kubeconfig = `${root}/config`;
  writeFileSync(kubeconfig, server.kubeconfig({ exec }));
  const auth = await loadKubeAuth({ kubeconfig, context: '', env: process.env });
  t.teardown(() => auth.close());
  t.same(await Promise.all([ask(auth), ask(auth), ask(auth)]), [200, 200, 200]);
  t.equal(readFileSync(`${root}/runs`, 'utf8'), 'x\nx\n');
});

t.test('credentials that stay wrong are tried twice, and the 401 is given back', async (t) => {
  const server = await createFakeApiServer();
  t.teardown(() => server.close());
  server.tokens.add('right');
  const auth = await load(t, server.url, { token: 'wrong' });
  t.equal(await ask(auth), 401);
  t.equal(server.requests.length, 2);
});

t.test('credentials that cannot be had are told as such', async (t) => {
  const auth = await load(t, 'https://127.0.0.1:1', { 'client-certificate': 'gone.crt' });
  await t.rejects(auth.request('/'), { code: 'SVL_KUBECONFIG', message: /ENOENT/, hint: /files/ });
});

t.test('TLS is made anew when a certificate changes, and only then', async (t) => {
  const server = createTlsServer(certificateB, (_, response) => response.end('{}'));
  let connections = 0;
  server.on('connection', () => connections++);
  const port = await listen(t, server);
  t.teardown(() => server.closeAllConnections());
  const root = t.testdir({ 'ca.crt': certificateA.cert });
  const caFile = `${root}/ca.crt`;
  writeFileSync(`${root}/config`, kubeconfigText(`https://127.0.0.1:${port}`, {}));
  const config = JSON.parse(readFileSync(`${root}/config`, 'utf8'));
  config.clusters[0].cluster['certificate-authority'] = caFile;
  writeFileSync(`${root}/config`, JSON.stringify(config));
  const auth = await loadKubeAuth({ kubeconfig: `${root}/config`, context: '', env: {} });
  t.teardown(() => auth.close());
  await t.rejects(auth.request('/'), { code: 'SVL_API_UNREACHABLE', hint: /certificate authority/ });
  writeFileSync(caFile, certificateB.cert);
  connections = 0;
  for (let i = 0; i < 20; i++) t.equal(await ask(auth), 200);
  t.ok(connections <= 2, `${connections} connections for 20 requests`);
  connections = 0;
  writeFileSync(caFile, `${certificateB.cert}${certificateA.cert}`);
  t.equal(await ask(auth), 200);
  t.equal(connections, 1);
});

t.test('requests that closing connections took with them are sent again, unless they change something', async (t) => {
  const server = createSecureServer(certificateB);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  // One request a connection: what comes after it is refused with the connection.
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    if (stream.id === 1) stream.respond({ ':status': 200 }, { endStream: true });
    else stream.session?.goaway(0, 1);
  });
  const url = `https://127.0.0.1:${await listen(t, server)}`;
  t.teardown(() => {
    for (const session of sessions) session.destroy();
  });
  const auth = await load(t, url, {}, { 'insecure-skip-tls-verify': true });
  const five = [1, 2, 3, 4, 5];
  t.same(await Promise.all(five.map(() => ask(auth))), [200, 200, 200, 200, 200]);
  t.ok(sessions.size > 2, `${sessions.size} connections`);
  const post = async (): Promise<number> => (await auth.request('/version', { method: 'POST' })).status;
  const posted = await Promise.allSettled(five.map(post));
  t.match(
    posted.find(({ status }) => status === 'rejected'),
    { reason: { code: 'SVL_API_UNREACHABLE', message: /GOAWAY/ } },
  );
});

t.test('the server name of the cluster is checked, and a check can be left out', async (t) => {
  const server = createTlsServer(certificateB, (_, response) => response.end('{}'));
  const url = `https://127.0.0.1:${await listen(t, server)}`;
  t.teardown(() => server.closeAllConnections());
  const ca = Buffer.from(certificateB.cert).toString('base64');
  const cases = [
    { name: 'right', cluster: { 'certificate-authority-data': ca, 'tls-server-name': 'fake-b' }, ok: true },
    { name: 'wrong', cluster: { 'certificate-authority-data': ca, 'tls-server-name': 'fake-a' }, ok: false },
    { name: 'unknown authority', cluster: {}, ok: false },
    { name: 'unchecked', cluster: { 'insecure-skip-tls-verify': true }, ok: true },
  ];
  for (const { name, cluster, ok } of cases) {
    await t.test(name, async (t) => {
      const auth = await load(t, url, {}, cluster);
      if (ok) t.equal(await ask(auth), 200);
      else await t.rejects(auth.request('/'), { code: 'SVL_API_UNREACHABLE' });
    });
  }
});

t.test('a proxy of the kubeconfig is used, http and socks', async (t) => {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  const target = Number(new URL(api.url).port);
  let used = 0;
  const http = createServer((request, response) => {
    used++;
    const { pathname } = new URL(request.url ?? '', 'http://absolute');
    fetch(`${api.url}${pathname}`).then(async (answer) => response.end(await answer.text()));
  });
  const socks = createTcpServer((socket) => {
    used++;
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
        const upstream = connect(target, '127.0.0.1');
        socket.pipe(upstream).pipe(socket);
        for (const side of [socket, upstream]) side.on('error', () => {});
      });
    });
  });
  const urls = [`http://127.0.0.1:${await listen(t, http)}`];
  const port = await listen(t, socks);
  urls.push(`socks5://127.0.0.1:${port}`, `socks5h://127.0.0.1:${port}`);
  t.teardown(() => http.closeAllConnections());
  for (const url of urls) {
    await t.test(new URL(url).protocol, async (t) => {
      used = 0;
      t.equal(await ask(await load(t, api.url, {}, { 'proxy-url': url })), 200);
      t.equal(used, 1);
    });
  }
  const auth = await load(t, api.url, {}, { 'proxy-url': 'socks4://127.0.0.1:1' });
  await t.rejects(auth.request('/'), {
    code: 'SVL_KUBECONFIG',
    message: /proxy of the API server/,
    hint: /socks5.*proxy-url/,
  });
});

t.test('a connection that gives no answer is not used again', async (t) => {
  let connections = 0;
  const server = createServer((_, response) => {
    if (connections > 1) response.end('{}');
  });
  server.on('connection', () => connections++);
  const auth = await load(t, `http://127.0.0.1:${await listen(t, server)}`);
  t.teardown(() => server.closeAllConnections());
  await t.rejects(auth.request('/', { headersTimeoutMs: 30 }), {
    code: 'SVL_API_UNREACHABLE',
    facts: { errno: 'UND_ERR_HEADERS_TIMEOUT' },
  });
  t.equal(await ask(auth), 200);
  t.equal(connections, 2);
});

t.test('an abort gives its own reason', async (t) => {
  const server = createServer(() => controller.abort(new Error('enough')));
  const controller = new AbortController();
  const auth = await load(t, `http://127.0.0.1:${await listen(t, server)}`);
  await t.rejects(auth.request('/', { signal: controller.signal }), { message: 'enough' });
});

t.test('close breaks what runs, and nothing can be asked any more', async (t) => {
  const server = createServer(() => void auth.close());
  const auth = await load(t, `http://127.0.0.1:${await listen(t, server)}`);
  await t.rejects(auth.request('/'), { code: 'SVL_API_UNREACHABLE' });
  await t.rejects(auth.request('/'), { code: 'SVL_API_UNREACHABLE', message: /closed/ });
  await auth.close();
});
