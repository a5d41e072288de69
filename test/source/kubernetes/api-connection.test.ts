import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t from 'tap';
import { type KubeAuth, loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { kubeconfigText } from '../../fixtures/fake-api-http.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';
import { certificateA, certificateB } from '../../fixtures/kubernetes-tls.ts';

async function listen(t: TestHost, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A TLS server that says which protocol and server name were agreed upon. */
function apiServer(t: TestHost): Promise<number> {
  const server = createTlsServer({ ...certificateA, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('error', () => {});
    socket.end(`${socket.alpnProtocol} ${socket.servername}`);
  });
  return listen(t, server);
}

async function load(t: TestHost, port: number, cluster: object = {}, user: object = {}): Promise<KubeAuth> {
  const config = JSON.parse(kubeconfigText(`https://127.0.0.1:${port}`, { ...user }));
  const ca = Buffer.from(certificateA.cert).toString('base64');
  Object.assign(config.clusters[0].cluster, { 'certificate-authority-data': ca }, cluster);
  const kubeconfig = `${t.testdir({ config: JSON.stringify(config) })}/config`;
  const auth = await loadKubeAuth({ kubeconfig, context: '', env: process.env });
  t.teardown(() => auth.close());
  return auth;
}

async function said(auth: KubeAuth): Promise<string> {
  const { socket } = await auth.connect('/api');
  const chunks = await socket.toArray();
  socket.destroy();
  return chunks.join('');
}

t.test('a connection is made with TLS, HTTP/1.1, the server name and the credentials of the kubeconfig', async (t) => {
  const port = await apiServer(t);
  const auth = await load(
    t,
    port,
    { 'tls-server-name': 'fake-a' },
    { token: 'abc', as: 'jane', 'as-groups': ['g', 'h'] },
  );
  const { socket, url, headers } = await auth.connect('/api?a=b');
  t.equal((await socket.toArray()).join(''), 'http/1.1 fake-a');
  t.equal(url, `https://127.0.0.1:${port}/api?a=b`);
  t.match(headers, { authorization: 'Bearer abc', 'impersonate-user': 'jane', 'impersonate-group': ['g', 'h'] });
});

t.test('an HTTP proxy is asked to connect, with its password', async (t) => {
  const port = await apiServer(t);
  const proxy = createHttpServer();
  const asked: unknown[] = [];
  proxy.on('connect', (request, client) => {
    asked.push(request.url, request.headers['proxy-authorization']);
    const server = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    server.on('error', () => {});
    client.on('error', () => {});
    client.pipe(server).pipe(client);
  });
  const proxyPort = await listen(t, proxy);
  const auth = await load(t, port, { 'proxy-url': `http://me:p%40ss@127.0.0.1:${proxyPort}` });
  t.equal(await said(auth), 'http/1.1 false');
  t.same(asked, [`127.0.0.1:${port}`, `Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
});

t.test('a SOCKS proxy is asked to connect, with a password or without', async (t) => {
  const port = await apiServer(t);
  for (const login of ['', 'me:secret@']) {
    const asked: string[] = [];
    const proxy = createServer((client) => {
      client.on('error', () => {});
      client.once('data', (greeting: Buffer) => {
        asked.push(greeting.toString('hex'));
        client.write(Buffer.from([5, greeting[2] ?? 0]));
        const request = (bytes: Buffer): void => {
          asked.push(bytes.subarray(5, 5 + (bytes[4] ?? 0)).toString());
          const server = connect(port, '127.0.0.1', () => client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
          server.on('error', () => {});
          client.pipe(server).pipe(client);
        };
        if (greeting[2] === 0) client.once('data', request);
        else
          client.once('data', (sent: Buffer) => {
            asked.push(sent.subarray(2, 4).toString(), sent.subarray(5).toString());
            client.write(Buffer.from([1, 0]));
            client.once('data', request);
          });
      });
    });
    const proxyPort = await listen(t, proxy);
    const auth = await load(t, port, { 'proxy-url': `socks5://${login}127.0.0.1:${proxyPort}` });
    t.equal(await said(auth), 'http/1.1 false');
    t.same(asked, login === '' ? ['050100', '127.0.0.1'] : ['050102', 'me', 'secret', '127.0.0.1']);
  }
});

t.test('what keeps it from being made is an error that says so', async (t) => {
  const dead = createServer();
  const deadPort = await listen(t, dead);
  dead.close();
  await t.rejects((await load(t, deadPort)).connect('/'), {
    code: 'SVL_API_UNREACHABLE',
    facts: { errno: 'ECONNREFUSED' },
  });
  const port = await apiServer(t);
  const wrongCa = { 'certificate-authority-data': Buffer.from(certificateB.cert).toString('base64') };
  await t.rejects((await load(t, port, wrongCa)).connect('/'), {
    code: 'SVL_API_UNREACHABLE',
    facts: { errno: /CERT|SIG/ },
  });
  const refusing = createServer((client) => client.end('HTTP/1.1 407 Password\r\n\r\n'));
  const proxyPort = await listen(t, refusing);
  const auth = await load(t, port, { 'proxy-url': `http://127.0.0.1:${proxyPort}` });
  await t.rejects(auth.connect('/'), { code: 'SVL_API_UNREACHABLE', message: /407/ });
});

t.test('credentials are read anew for each connection, and dropped where told', async (t) => {
  const port = await apiServer(t);
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', status: { token: 'RUNS' } };
  const script = `echo run >> "$COUNT"; echo '${JSON.stringify(credential)}' | sed "s/RUNS/$(grep -c . "$COUNT")/"`;
  const exec = {
    apiVersion: credential.apiVersion,
    command: 'sh',
    args: ['-c', script],
    env: [{ name: 'COUNT', value: `${t.testdirName}/count` }],
  };
  const auth = await load(t, port, {}, { exec });
  const token = async (): Promise<unknown> => {
    const { socket, headers } = await auth.connect('/');
    socket.destroy();
    return headers.authorization;
  };
  t.same([await token(), await token()], ['Bearer 1', 'Bearer 1']);
  auth.invalidate();
  t.equal(await token(), 'Bearer 2');
});
