import type { Duplex } from 'node:stream';
import t from 'tap';
import type { DialHandlers } from '../../src/model/transport.ts';
import { createDirectTransport } from '../../src/transport/direct.ts';
import { deadEndpoint, receive, tcpBackend } from '../fixtures/tcp-rig.ts';

t.test('a dial gives a half-open stream that has read nothing yet', async (t) => {
  const request = Promise.withResolvers<Buffer>();
  const endpoint = await tcpBackend(t, (socket) => {
    socket.end('early');
    request.resolve(receive(socket));
  });
  const stream = await new Promise<Duplex>((connected, failed) => {
    createDirectTransport().dialTcp(endpoint, { connected, failed });
  });
  t.ok(stream.isPaused());
  t.equal((await receive(stream)).toString(), 'early');
  stream.end('late');
  t.equal((await request.promise).toString(), 'late');
});

t.test('a refusal is the error of the system, and is never told synchronously', async (t) => {
  const endpoint = await deadEndpoint();
  let isLater = false;
  const error = await new Promise<Error>((failed) => {
    createDirectTransport().dialTcp(endpoint, { connected: () => t.fail('connected'), failed });
    isLater = true;
  });
  t.ok(isLater);
  t.match(error, { code: 'ECONNREFUSED' });
});

t.test('after a cancel nothing is told', async (t) => {
  const handlers: DialHandlers = { connected: () => t.fail('connected'), failed: () => t.fail('failed') };
  const transport = createDirectTransport();
  const alive = await tcpBackend(t, () => {});
  for (const endpoint of [alive, await deadEndpoint()]) {
    const dial = transport.dialTcp(endpoint, handlers);
    dial.cancel();
    dial.cancel();
  }
  await new Promise<Duplex>((connected, failed) => {
    transport.dialTcp(alive, { connected, failed });
  }).then((stream) => stream.destroy());
});
