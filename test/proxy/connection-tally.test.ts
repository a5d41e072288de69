import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { ConnectionTally } from '../../src/proxy/connection-tally.ts';
import { flowOf } from '../fixtures/flows.ts';
import {
  apply,
  createRig,
  ending,
  next,
  nextEnd,
  open,
  portOf,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';

const limitsOf = (perService: number, perClient: number) => ({
  ...SETTINGS.limits,
  maxConnectionsPerService: perService,
  maxConnectionsPerClient: perClient,
});

t.test('a limit is broken while so many flows live', async (t) => {
  const tally = new ConnectionTally();
  const limits = limitsOf(2, 1);
  const [one, two] = [flowOf({ clientAddress: '10.0.0.1' }), flowOf({ clientAddress: '10.0.0.2' })];
  tally.opened(one);
  t.equal(tally.brokenBy(one, limits), undefined, 'nothing is counted before a limit is there');
  tally.follow(limits, [one]);
  t.equal(tally.brokenBy(one, limits), 'max-connections-per-client', 'those that live count from then on');
  t.equal(tally.brokenBy(two, limits), undefined);
  tally.opened(two);
  t.equal(tally.brokenBy(flowOf({ clientAddress: '10.0.0.3' }), limits), 'max-connections-per-service');
  tally.ended(one);
  t.equal(tally.brokenBy(one, limits), undefined);
  tally.ended(two);
  tally.follow(limitsOf(0, 0), []);
  t.equal(tally.brokenBy(one, limitsOf(0, 0)), undefined);
});

for (const [name, limits, reason] of [
  ['of one Service, over its frontends', limitsOf(2, 0), 'max-connections-per-service'],
  ['of one client', limitsOf(0, 2), 'max-connections-per-client'],
] as const) {
  t.test(`above the limit ${name}, new clients are shed, and the others go on`, async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const set = createRig(t, { settings: { ...SETTINGS, limits } });
    const port = await open(set, routeTo({ endpoints: [backend] }));
    const second = routeTo({ endpoints: [backend], frontend: { key: 'web/second' } });
    await apply(set, { added: [second] });
    const opened = [next(t, channels.flowOpened), next(t, channels.flowOpened, ({ route }) => route === second)];
    const clients = [tcpClient(t, port), tcpClient(t, portOf(set, second))];
    await Promise.all(opened);
    const shed = nextEnd(t);
    t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
    t.match((await shed).end, { cause: 'shed', reason });
    const ended = nextEnd(t);
    clients[0]?.end('first');
    t.equal(clients[0] && (await receive(clients[0])).toString(), 'first');
    await ended;
    const again = tcpClient(t, port);
    again.end('again');
    t.equal((await receive(again)).toString(), 'again');
    await set.updateSettings(SETTINGS);
    const more = tcpClient(t, port);
    more.end('more');
    t.equal((await receive(more)).toString(), 'more');
  });
}

t.test('the limit of one Service is nothing to another', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const hanging = await tcpBackend(t, () => {});
  const set = createRig(t, { settings: { ...SETTINGS, limits: limitsOf(1, 0) } });
  const port = await open(set, routeTo({ endpoints: [hanging] }));
  const other = await open(set, routeTo({ endpoints: [backend], name: 'other' }));
  const opened = next(t, channels.flowOpened);
  tcpClient(t, port);
  await opened;
  t.equal((await receive(tcpClient(t, other))).toString(), 'here');
});
