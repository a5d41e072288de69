import t from 'tap';
import { EventBook } from '../../src/admin/event-book.ts';
import { channels } from '../../src/observability/channels.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';

const CAPACITY = 4096;

t.test('events come back in their order, also when the ring has gone round', async (t) => {
  const book = new EventBook(new FakeClock());
  t.teardown(() => book.close());
  const ids: string[] = [];
  const end = book.listen(({ id }) => ids.push(id));
  for (let i = 0; i < CAPACITY + 10; i++) channels.flowOpened.publish(flowOf({ id: `c-${i}` }));
  end();
  t.equal(book.lastId, ids.at(-1));
  t.same(book.after(book.lastId), []);
  const all = book.after(ids.at(-CAPACITY - 1) ?? '');
  t.same(
    all?.map(({ id }) => id),
    ids.slice(-CAPACITY),
  );
  t.match(all?.at(-1)?.data(), { reason: 'FlowOpened', flow: { id: `c-${CAPACITY + 9}` } });
  t.equal(book.after(ids.at(-CAPACITY - 2) ?? ''), undefined, 'one more is gone');
  t.equal(book.after('x-1'), undefined, 'one of another daemon was never there');
});

t.test('an event tells how things were when it happened', async (t) => {
  const clock = new FakeClock(5_000);
  const book = new EventBook(clock);
  t.teardown(() => book.close());
  const before = book.lastId;
  const flow = flowOf({ bytesIn: 1 });
  channels.flowOpened.publish(flow);
  clock.advance(2_000);
  channels.flowEnded.publish(Object.assign(flow, { bytesIn: 7, end: { cause: 'finished' } }));
  const [opened, ended] = book.after(before) ?? [];
  t.match(opened?.data(), { time: '1970-01-01T00:00:05.000Z', flow: { bytesIn: 1, ageSeconds: 5 }, end: undefined });
  t.match(ended?.data(), { time: '1970-01-01T00:00:07.000Z', flow: { bytesIn: 7 }, end: { cause: 'finished' } });
  t.match(ended, { reason: 'FlowEnded', namespace: 'shop', service: 'web' });
});
