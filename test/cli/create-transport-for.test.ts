import { type AddressInfo, createServer } from 'node:net';
import t from 'tap';
import { createTransportFor } from '../../src/cli/create-transport-for.ts';
import { errnoOf } from '../../src/errors.ts';
import { localEndpoint } from '../../src/model/override.ts';
import type { Transport } from '../../src/model/transport.ts';
import { endpointOf } from '../fixtures/balancing.ts';
import { startFakeKubelet } from '../fixtures/fake-kubelet.ts';

function dial(transport: Transport, endpoint: Parameters<Transport['dialTcp']>[0]): Promise<string> {
  return new Promise((resolve) => {
    transport.dialTcp(endpoint, {
      connected(stream) {
        stream.destroy();
        resolve('connected');
      },
      failed: (error) => resolve(errnoOf(error) ?? 'none'),
    });
  });
}

t.test('pods are reached through the API server, and what is no pod directly', async (t) => {
  const { access, requests } = await startFakeKubelet(t, {
    ports: { 80: (toPod, fromPod) => void toPod.pipe(fromPod) },
  });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { transport, close } = await createTransportFor('apiserver', access, () => {});
  t.teardown(close);
  t.equal(transport.name, 'apiserver');
  t.equal(await dial(transport, endpointOf('10.0.0.1:80', { namespace: 'shop', podName: 'web' })), 'connected');
  t.equal(requests.length, 1);
  t.equal(await dial(transport, localEndpoint('127.0.0.1', (server.address() as AddressInfo).port)), 'connected');
  t.equal(requests.length, 1, 'the API server was not asked for it');
});

t.test('without a cluster pods are reached directly', async (t) => {
  for (const type of ['auto', 'apiserver', 'direct'] as const) {
    const { transport, auto } = await createTransportFor(type, undefined, () => {});
    t.equal(transport.name, 'direct');
    t.equal(auto, undefined);
  }
});
