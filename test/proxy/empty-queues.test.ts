import t from 'tap';
import { emptyQueues } from '../../src/proxy/empty-queues.ts';

t.test('it waits until turns of the loop bring nobody', async (t) => {
  const listener = { accepted: 0 };
  let left = 5;
  const accept = (): void => {
    left -= 1;
    listener.accepted += 1;
    if (left > 0) setImmediate(accept);
  };
  setImmediate(accept);
  await emptyQueues([listener]);
  t.equal(listener.accepted, 5);
});

t.test('it does not wait for ever', async (t) => {
  let accepted = 0;
  await emptyQueues([
    {
      get accepted() {
        accepted += 1;
        return accepted;
      },
    },
  ]);
  t.ok(accepted < 100);
});
