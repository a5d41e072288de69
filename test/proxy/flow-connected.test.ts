import t from 'tap';
import type { Flow } from '../../src/model/flow.ts';
import { channels } from '../../src/observability/channels.ts';
import { createRig, deadEndpoint, next, nextEnd, open, routeTo, tcpBackend, tcpClient } from '../fixtures/tcp-rig.ts';

t.test('a flow is published when it is connected, long before it ends, with the time that took', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const connected = next(t, channels.flowConnected);
  const client = tcpClient(t, await open(createRig(t), routeTo({ endpoints: [backend] })));
  const flow = await connected;
  t.equal(flow.end, undefined);
  t.ok(flow.connectMs !== undefined && flow.connectMs > 0 && flow.connectMs < 5000, `${flow.connectMs} ms`);
  client.destroy();
});

t.test('a flow that nobody accepts is not connected', async (t) => {
  const published: Flow[] = [];
  const onConnected = (flow: Flow): void => void published.push(flow);
  channels.flowConnected.subscribe(onConnected);
  t.teardown(() => channels.flowConnected.unsubscribe(onConnected));
  const ended = nextEnd(t);
  tcpClient(t, await open(createRig(t), routeTo({ endpoints: [await deadEndpoint()] }))).on('error', () => {});
  t.match(await ended, { end: { cause: 'dial-failed' }, connectMs: undefined });
  t.same(published, []);
});
