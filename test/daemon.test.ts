import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { createDaemon } from '../src/daemon.ts';
import { errnoOf } from '../src/errors.ts';
import { createNoCapture } from '../src/host/capture-none.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { Source, SourceSink } from '../src/model/source.ts';
import { channels } from '../src/observability/channels.ts';
import { createDirectTransport } from '../src/transport/direct.ts';
import { configOf } from './fixtures/config.ts';
import { freePort, readAll, startEcho } from './fixtures/echo-backends.ts';
import { decoded, rawEndpoint, rawService, rawSlice } from './fixtures/routing.ts';

const CONFIG = `mode: node
nodeName: node-a
admin: {listen: ""}
metrics: {bindAddress: ""}
health: {bindAddress: ""}
frontends: {clusterIP: false, nodePortAddresses: ["127.0.0.1/32"]}
`;

type Json = Readonly<Record<string, unknown>>;

/** A daemon on loopback; `tell` gives it objects, and resolves with the table that has them in force. */
async function startDaemon(t: Test, ...first: readonly Json[]): Promise<{ tell(...raws: Json[]): Promise<void> }> {
  const told = Promise.withResolvers<SourceSink>();
  const source: Source = {
    kinds: ['Service', 'EndpointSlice', 'Node'],
    start: told.resolve,
    status: () => ({ type: 'manifests', description: 'a test', resources: [] }),
    close: async () => {},
  };
  const daemon = createDaemon(configOf({ body: CONFIG }), {
    source,
    capture: createNoCapture('a test'),
    transport: createDirectTransport(),
    clock: systemClock,
    random: Math.random,
    version: '1.2.3',
    onError: (error) => t.fail(String(error)),
  });
  t.teardown(() => daemon.close());
  const started = daemon.start();
  const sink = await told.promise;
  for (const raw of first) sink.apply(decoded(raw));
  for (const kind of source.kinds) sink.listed(kind);
  await started;
  const tell = (...raws: Json[]): Promise<void> => {
    const done = nextSync();
    for (const raw of raws) sink.apply(decoded(raw));
    return done;
  };
  return { tell };
}

function nextSync(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSync = (): void => {
    channels.sync.unsubscribe(onSync);
    resolve();
  };
  channels.sync.subscribe(onSync);
  return promise;
}

/** What a client is answered, or the errno. */
async function visit(address: string, port: number): Promise<string> {
  const socket = connect({ host: address, port });
  const failed = new Promise<string>((resolve) => socket.once('error', (error) => resolve(errnoOf(error) ?? '')));
  return Promise.race([readAll(socket, 'x'), failed]);
}

async function healthOf(port: number): Promise<string> {
  try {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/`);
    await body.dump();
    return `${statusCode} ${headers['x-load-balancing-endpoint-weight']}`;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

t.test('a node port follows its Service: policy Local, endpoints here and elsewhere, and the type', async (t) => {
  const elsewhere = await startEcho(t, 'elsewhere');
  const here = await startEcho(t, 'here');
  const [nodePort, healthCheckNodePort] = [await freePort(), await freePort()];
  const ports = [{ name: 'http', port: 80, nodePort }];
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort, ports };
  const slice = (port: number, nodeName: string): Json =>
    rawSlice('a', [rawEndpoint('127.0.0.1', { nodeName })], { ports: [{ name: 'http', port }] });
  const { tell } = await startDaemon(t, rawService(spec), slice(elsewhere.port, 'node-b'));
  t.equal(await visit('127.0.0.1', nodePort), 'elsewhere:x', 'the node itself is short-circuited to all endpoints');
  t.equal(await healthOf(healthCheckNodePort), '503 0', 'a load balancer is told that there is none here');
  await tell(slice(here.port, 'node-a'));
  t.equal(await visit('127.0.0.1', nodePort), 'here:x');
  t.equal(await healthOf(healthCheckNodePort), '200 1');
  await tell(rawService({ ...spec, externalTrafficPolicy: 'Cluster', healthCheckNodePort: 0 }));
  t.equal(await healthOf(healthCheckNodePort), 'ECONNREFUSED');
  t.equal(await visit('127.0.0.1', nodePort), 'here:x');
  await tell(rawService({ type: 'ExternalName', externalName: 'elsewhere.example' }));
  t.equal(await visit('127.0.0.1', nodePort), 'ECONNREFUSED');
  await tell(rawService(spec), rawSlice('a', []));
  t.equal(await visit('127.0.0.1', nodePort), 'ECONNREFUSED', 'no endpoint anywhere');
});

t.test('source ranges turn clients away at a load-balancer IP, and nowhere else', async (t) => {
  const echo = await startEcho(t, 'echo');
  const [port, nodePort] = [await freePort(), await freePort()];
  const status = { loadBalancer: { ingress: [{ ip: '127.0.0.9' }] } };
  const guarded = (...loadBalancerSourceRanges: string[]): Json =>
    rawService(
      { type: 'LoadBalancer', loadBalancerSourceRanges, ports: [{ name: 'http', port, nodePort }] },
      {},
      status,
    );
  const slice = rawSlice('a', [rawEndpoint('127.0.0.1')], { ports: [{ name: 'http', port: echo.port }] });
  const { tell } = await startDaemon(t, guarded('203.0.113.0/24'), slice);
  t.equal(await visit('127.0.0.9', port), 'ECONNRESET');
  t.equal(await visit('127.0.0.1', nodePort), 'echo:x');
  await tell(guarded('203.0.113.0/24', ' 127.000.000.001/32 '));
  t.equal(await visit('127.0.0.9', port), 'echo:x');
  await tell(guarded('2001:db8::/32'));
  t.equal(await visit('127.0.0.9', port), 'echo:x', 'ranges of the other family leave this one open');
});
