import t from 'tap';
import { createRig, nextEnd, open, routeTo } from '../fixtures/tcp-rig.ts';
import { ask, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

t.test('a flow counts its datagrams, also those that are empty', async (t) => {
  const { endpoint } = await udpBackend(t, 'a', (datagram) => datagram);
  const set = createRig(t);
  const ended = nextEnd(t);
  const port = await open(set, routeTo({ endpoints: [endpoint], frontend: { protocol: 'UDP' } }));
  const client = await udpSocket(t);
  for (const datagram of ['abc', '', 'd']) await ask(client, port, datagram);
  await set.close();
  t.match(await ended, { datagramsIn: 3, datagramsOut: 3, bytesIn: 4, bytesOut: 4, connectMs: undefined });
});
