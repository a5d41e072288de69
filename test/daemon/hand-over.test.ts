import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { HANDOVER_PROTOCOL } from '../../src/daemon/hand-over-messages.ts';
import { Predecessor } from '../../src/daemon/predecessor.ts';
import { Successor } from '../../src/daemon/successor.ts';
import { SocketExchange } from '../../src/lib/socket-exchange.ts';
import type { HandedOn } from '../../src/model/soft-state.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { channelPair } from '../fixtures/channel-pair.ts';

const STATE: HandedOn = {
  affinity: [{ servicePort: 'a/b:c/TCP/IPv4', client: '10.0.0.1', endpoint: '10.1.0.1:80', idleMs: 1 }],
  suspects: [],
  quarantine: [],
  udpFlows: [],
  overrides: [
    {
      ...{ namespace: 'shop', service: 'web', port: '', protocol: '', ageMs: 1_000, leftMs: 60_000 },
      ...{ target: 'localhost:3000', match: '20%', fallback: 'cluster' },
    },
  ],
  faults: [],
  lent: ['TCP 127.0.0.1:80 worker 1'],
};

function setUp(t: Test, { protocol = HANDOVER_PROTOCOL } = {}) {
  const [ours, theirs] = channelPair();
  t.teardown(() => ours.close());
  const sockets = new SocketExchange();
  const clock = new FakeClock();
  const ended = Promise.withResolvers<string>();
  const options = {
    channel: ours,
    ended: ended.promise,
    sockets,
    clock,
    capture: 'none',
    hold: async () => STATE,
  } as const;
  const successor = new Successor(options);
  const predecessor = new Predecessor({ channel: theirs, version: '2.0.0', pid: 4711, protocol });
  return { successor, predecessor, sockets, clock, ended, close: () => ours.close() };
}

t.test('a successor is told what it should know, given what it asks for, and then let go', async (t) => {
  const { successor, predecessor, sockets } = setUp(t);
  const server = createServer();
  sockets.add('a', server);
  t.same(await predecessor.claim('none'), STATE);
  t.equal(await predecessor.take('a'), server);
  t.equal(await predecessor.take('b'), undefined);
  t.match(successor, { version: '2.0.0', pid: 4711 });
  t.equal(predecessor.isOver(), false);
  const released = predecessor.serving();
  await successor.serves;
  const isMain = successor.release();
  await released;
  t.equal(predecessor.isOver(), true);
  predecessor.main();
  await isMain;
});

t.test('what the predecessor still has to do goes through the successor, until it has ended', async (t) => {
  const { successor, predecessor, close } = setUp(t);
  const replies: unknown[] = [];
  predecessor.carry = (...reply) => void replies.push(reply);
  await predecessor.claim('none');
  const released = predecessor.serving();
  await successor.serves;
  void successor.release();
  await released;
  successor.carry('f', Buffer.from('answer'), 7, '10.0.0.1');
  successor.draining(3);
  const stopped = new Promise<number>((resolve) => {
    successor.onStop = resolve;
  });
  predecessor.stop(500);
  t.equal(await stopped, 500);
  t.same(replies, [['f', Buffer.from('answer'), 7, '10.0.0.1']]);
  t.equal(predecessor.draining, 3);
  close();
  await predecessor.ended;
  t.equal(predecessor.draining, 0);
});

t.test('a predecessor that knows of no interventions and lends nothing has none to hand on', async (t) => {
  const [ours, theirs] = channelPair();
  t.teardown(() => ours.close());
  const predecessor = new Predecessor({ channel: theirs, version: '2.0.0', pid: 7, protocol: HANDOVER_PROTOCOL });
  const claimed = predecessor.claim('none');
  const { overrides: _overrides, faults: _faults, lent: _lent, ...known } = STATE;
  void ours.send({ type: 'state', ...known, last: true });
  t.same(await claimed, { ...known, overrides: [], faults: [], lent: [] });
});

t.test('nothing is given before it is claimed', async (t) => {
  const { predecessor, sockets } = setUp(t);
  sockets.add('a', createServer());
  t.equal(await predecessor.take('a'), undefined);
  t.equal(sockets.wasGiven('a'), false);
});

t.test('two that speak different protocols part at once', async (t) => {
  const { predecessor } = setUp(t, { protocol: 99 });
  await t.rejects(predecessor.claim('none'), { code: 'SVL_HANDOVER', message: /speaks hand-over 99, and this one 1/ });
  const [ours, theirs] = channelPair();
  const options = { channel: ours, sockets: new SocketExchange(), clock: new FakeClock(), hold: async () => STATE };
  const successor = new Successor({ ...options, capture: 'none', ended: new Promise(() => {}) });
  const heard = new Promise((resolve) => theirs.listen(resolve));
  void theirs.send({ type: 'hello', protocol: 99, version: '9.9.9', pid: 7 });
  await t.rejects(successor.serves, { code: 'SVL_HANDOVER', message: /\(9\.9\.9\) speaks hand-over 99/ });
  t.match(await heard, { type: 'refused' });
});

t.test('another way of capture is refused', async (t) => {
  const { successor, predecessor } = setUp(t);
  await t.rejects(predecessor.claim('routes'), { code: 'SVL_HANDOVER', message: /by routes, and this one by none/ });
  await t.rejects(successor.serves, { code: 'SVL_HANDOVER' });
  t.equal(successor.hasClaimed, false);
});

t.test('a successor that says why it cannot, ends, or is too late has failed', async (t) => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const cases: readonly [string, (rig: ReturnType<typeof setUp>) => unknown, RegExp][] = [
    ['it says why', ({ predecessor }) => predecessor.fail('bad configuration'), /bad configuration/],
    ['it ends', ({ ended }) => ended.resolve('it has ended'), /it has ended/],
    ['no table', ({ clock }) => clock.advance(60_000), /has not built its first table within 60 s/],
    [
      'it never serves',
      async ({ predecessor, clock }) => {
        await predecessor.claim('none');
        clock.advance(60_000);
      },
      /does not serve within 60 s/,
    ],
    ['we stop', ({ successor }) => successor.fail('told to stop'), /told to stop/],
  ];
  for (const [name, act, message] of cases) {
    const rig = setUp(t);
    await turn();
    await act(rig);
    await t.rejects(rig.successor.serves, { code: 'SVL_HANDOVER', message }, name);
  }
});

t.test('a predecessor that is gone before it has let go is an error, later it is not', async (t) => {
  const early = setUp(t);
  early.close();
  await t.rejects(early.predecessor.lost, { code: 'SVL_HANDOVER', message: /is gone/ });
  const late = setUp(t);
  await late.predecessor.claim('none');
  const released = late.predecessor.serving();
  await late.successor.serves;
  void late.successor.release();
  await released;
  late.close();
  await late.predecessor.ended;
  t.equal(late.predecessor.isOver(), true);
});
