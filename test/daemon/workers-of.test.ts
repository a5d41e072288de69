import t from 'tap';
import { workersOf } from '../../src/daemon/workers-of.ts';
import { channels } from '../../src/observability/channels.ts';
import { configOf } from '../fixtures/config.ts';

t.test('more workers than one serve where pods are reached directly', async (t) => {
  const told: unknown[] = [];
  const note = (message: unknown): void => void told.push(message);
  channels.workersUnused.subscribe(note);
  t.teardown(() => channels.workersUnused.unsubscribe(note));
  for (const [settings, workers] of [
    ['workers: 4\ntransport: direct', 4],
    ['workers: 4\nmode: node', 4],
    ['workers: 4\nsource: file:/tmp', 4],
    ['transport: apiserver', 1],
  ] as const) {
    t.equal(workersOf(configOf({ body: settings })), workers, settings);
  }
  t.same(told, []);
  for (const transport of ['auto', 'apiserver']) {
    t.equal(workersOf(configOf({ body: `workers: 4\ntransport: ${transport}` })), 1, transport);
    t.match(told.pop(), { workers: 4, reason: new RegExp(`transport is ${transport}`) });
  }
});
