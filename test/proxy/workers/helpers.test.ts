import t from 'tap';
import { channels } from '../../../src/observability/channels.ts';
import { ending, next, receive } from '../../fixtures/tcp-rig.ts';
import { clientAt, echoing, fateOf, isOfHelper, nextBytes, waitUntil } from '../../fixtures/workers-rig.ts';

t.test('close waits for the flows of helpers', async (t) => {
  const { set, port } = await echoing(t);
  const { client } = await clientAt(t, set, port, isOfHelper);
  const closed = set.close({ graceMs: 10_000 });
  await waitUntil(async () => (await fateOf(t, port)) === 'refused');
  client.end('last');
  t.equal(String(await receive(client)), 'last');
  await closed;
});

t.test('when the grace is over, flows of helpers end as drained', async (t) => {
  const { set, port } = await echoing(t);
  const { client, id } = await clientAt(t, set, port, isOfHelper);
  const ended = next(t, channels.flowEnded, (flow) => flow.id === id);
  const closed = ending(client);
  await set.close({ graceMs: 50 });
  t.match((await ended).end, { cause: 'drained' });
  t.equal(await closed, 'ECONNRESET');
});

t.test('close that is cut short ends helpers at once', async (t) => {
  const { set, port } = await echoing(t);
  await clientAt(t, set, port, isOfHelper);
  const slow = set.close({ graceMs: 600_000 });
  await set.close({ graceMs: 0 });
  await slow;
});

t.test('with a successor helpers drain', async (t) => {
  const { set, port } = await echoing(t);
  const { client } = await clientAt(t, set, port, isOfHelper);
  const handed = set.handOver({ graceMs: 10_000, carry: () => {} });
  client.write('a');
  t.equal(String(await nextBytes(client)), 'a');
  client.end();
  await receive(client);
  await handed;
});
