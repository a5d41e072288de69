import { once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { createProber } from '../../src/daemon/probe-endpoints.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { DialHandlers, Transport } from '../../src/model/transport.ts';
import { createDirectTransport } from '../../src/transport/direct.ts';
import { endpointOf, FakeClock } from '../fixtures/balancing.ts';

t.test('an endpoint accepts or refuses, and the connection is hung up', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const probe = createProber(createDirectTransport(), systemClock);
  const connection = once(server, 'connection');
  const accepted = await probe(endpointOf(`127.0.0.1:${port}`), 5_000);
  t.equal(accepted.error, undefined);
  t.ok(accepted.elapsedMs > 0);
  const [socket] = await connection;
  socket.resume();
  await once(socket, 'close');
  t.match(await probe(endpointOf('127.0.0.1:1'), 5_000), { error: 'ECONNREFUSED' });
});

/** Dials that end when the test says so. */
function heldTransport(): Transport & {
  readonly dials: { key: string; handlers: DialHandlers; cancelled: boolean }[];
} {
  const dials: { key: string; handlers: DialHandlers; cancelled: boolean }[] = [];
  return {
    name: 'direct',
    dials,
    dialTcp({ key }, handlers) {
      const dial = { key, handlers, cancelled: false };
      dials.push(dial);
      return {
        cancel() {
          dial.cancelled = true;
        },
      };
    },
  };
}

t.test('a dial that takes too long is cancelled', async (t) => {
  const clock = new FakeClock();
  const transport = heldTransport();
  const outcome = createProber(transport, clock)(endpointOf('10.0.0.1:1'), 1_000);
  clock.advance(999);
  t.equal(transport.dials[0]?.cancelled, false);
  clock.advance(1);
  t.same(await outcome, { elapsedMs: 1_000, error: 'ETIMEDOUT' });
  t.equal(transport.dials[0]?.cancelled, true);
});

t.test('so many dials at a time, in order, and waiting does not count as latency', async (t) => {
  const clock = new FakeClock();
  const transport = heldTransport();
  const probe = createProber(transport, clock, { maxAtOnce: 2 });
  const outcomes = [1, 2, 3, 4].map((n) => probe(endpointOf(`10.0.0.${n}:1`), 1_000));
  t.same(
    transport.dials.map(({ key }) => key),
    ['10.0.0.1:1', '10.0.0.2:1'],
  );
  clock.advance(300);
  transport.dials[0]?.handlers.connected(new PassThrough());
  t.match(await outcomes[0], { elapsedMs: 300, error: undefined });
  await Promise.resolve();
  t.same(transport.dials.map(({ key }) => key).slice(2), ['10.0.0.3:1']);
  transport.dials[1]?.handlers.failed(new Error('of no errno'));
  t.match(await outcomes[1], { error: 'of no errno' });
  clock.advance(50);
  transport.dials[2]?.handlers.connected(new PassThrough());
  transport.dials[3]?.handlers.connected(new PassThrough());
  t.match(await Promise.all(outcomes.slice(2)), [{ elapsedMs: 50 }, { elapsedMs: 50 }]);
});
