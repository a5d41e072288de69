import { PassThrough } from 'node:stream';
import t from 'tap';
import { createLateTransport } from '../../src/cli/late-transport.ts';
import type { Transport } from '../../src/model/transport.ts';
import { endpointOf } from '../fixtures/balancing.ts';

const ENDPOINT = endpointOf('10.0.0.1:80', { namespace: 'shop', podName: 'web' });

/** Accepts each dial in a later turn, and counts what is done to it. */
function createInner() {
  const counts = { dials: 0, cancels: 0, closes: 0 };
  const transport: Transport & { close(): void } = {
    name: 'apiserver',
    dialTcp(_, { connected }) {
      counts.dials += 1;
      const timer = setImmediate(() => connected(new PassThrough()));
      return {
        cancel() {
          counts.cancels += 1;
          clearImmediate(timer);
        },
      };
    },
    close() {
      counts.closes += 1;
    },
  };
  return { transport, counts };
}

function dial(transport: Transport): Promise<string> {
  return new Promise((resolve) => {
    transport.dialTcp(ENDPOINT, { connected: () => resolve('connected'), failed: ({ message }) => resolve(message) });
  });
}

t.test('what is made is made once, by the first dial, and serves all of them', async (t) => {
  const { transport: inner, counts } = createInner();
  let made = 0;
  const late = createLateTransport('apiserver', async () => {
    made += 1;
    return inner;
  });
  t.equal(late.name, 'apiserver');
  t.equal(made, 0);
  t.same(await Promise.all([dial(late), dial(late)]), ['connected', 'connected']);
  t.equal(await dial(late), 'connected');
  await late.load();
  t.equal(made, 1);
  t.equal(counts.dials, 3);
});

t.test(
  'a dial that is cancelled while its transport is made is not made, and one after that is cancelled',
  async (t) => {
    const { transport: inner, counts } = createInner();
    const making = Promise.withResolvers<typeof inner>();
    const late = createLateTransport('apiserver', () => making.promise);
    const handlers = { connected: () => t.fail('it was cancelled'), failed: () => t.fail('it was cancelled') };
    const early = late.dialTcp(ENDPOINT, handlers);
    const later = late.dialTcp(ENDPOINT, handlers);
    early.cancel();
    making.resolve(inner);
    await late.load();
    later.cancel();
    t.same(counts, { dials: 1, cancels: 1, closes: 0 });
  },
);

t.test('where it cannot be made the dial fails, and says why', async (t) => {
  const late = createLateTransport('apiserver', () => Promise.reject(new Error('no such file')));
  t.equal(await dial(late), 'no such file');
  late.close();
});

t.test('it is closed with what was made, also where that comes after the close', async (t) => {
  const before = createInner();
  const first = createLateTransport('apiserver', async () => before.transport);
  await first.load();
  first.close();
  t.equal(before.counts.closes, 1);
  const after = createInner();
  const second = createLateTransport('apiserver', async () => after.transport);
  second.close();
  await second.load();
  t.equal(after.counts.closes, 1);
});
