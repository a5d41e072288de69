import { BroadcastChannel } from 'node:worker_threads';
import t from 'tap';
import { channels } from '../../../src/observability/channels.ts';
import { DEATH_CHANNEL } from '../../fixtures/death-channel.ts';
import { ending, next, open, receive, routeTo, tcpBackend, tcpClient } from '../../fixtures/tcp-rig.ts';
import {
  clientAt,
  createWorkers,
  helperServes,
  isOfHelper,
  isOfMain,
  MORTAL_THREAD,
} from '../../fixtures/workers-rig.ts';

t.test('a helper that dies is told of, its flows end, main serves on, and another one takes its place', async (t) => {
  const set = createWorkers(t, { thread: MORTAL_THREAD });
  const serves = helperServes(t, set);
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const port = await open(set, routeTo({ endpoints: [backend] }));
  await serves;
  const { client, id } = await clientAt(t, set, port, isOfHelper);
  const { client: ofMain } = await clientAt(t, set, port, isOfMain);
  const [lost, ended, closed] = [
    next(t, channels.workerLost),
    next(t, channels.flowEnded, (flow) => flow.id === id),
    ending(client),
  ];
  const death = new BroadcastChannel(DEATH_CHANNEL);
  death.postMessage('now');
  death.close();
  t.match(await lost, { worker: 1, error: { code: 'SVL_WORKER', message: /told to die/ }, retryInMs: 1000 });
  t.match((await ended).end, { cause: 'worker-lost' });
  await closed;
  t.same(set.counts.workers, { serving: 1, down: 1 });
  t.same(
    [...(await set.flows())].filter((flow) => isOfHelper(flow.id)),
    [],
  );
  for (let i = 0; i < 8; i++) {
    const next = tcpClient(t, port);
    next.end('x');
    t.equal(String(await receive(next)), 'x', 'main serves every client');
  }
  ofMain.end('y');
  t.equal(String(await receive(ofMain)), 'y', 'and its own as before');
  await helperServes(t, set);
  const again = await clientAt(t, set, port, isOfHelper);
  t.match(again.id, /^c-2\./, 'no id comes twice');
});

t.test('a thread that cannot be started is tried again, and does not keep from ending', async (t) => {
  const lost = next(t, channels.workerLost);
  const set = createWorkers(t, { thread: new URL('./no-such-program.ts', import.meta.url) });
  const backend = await tcpBackend(t, (socket) => socket.end('served'));
  const port = await open(set, routeTo({ endpoints: [backend] }));
  t.match(await lost, { worker: 1, error: { code: 'SVL_WORKER' } });
  t.equal(String(await receive(tcpClient(t, port))), 'served');
  await set.close();
});
