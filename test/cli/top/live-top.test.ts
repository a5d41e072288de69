import t from 'tap';
import { PLAIN } from '../../../src/cli/paint.ts';
import { LiveTop } from '../../../src/cli/top/live-top.ts';
import type { Sample } from '../../../src/cli/top/sample.ts';
import { TOP_ORDERS } from '../../../src/cli/top/top-text.ts';
import { FakeTerminal } from '../../fixtures/fake-terminal.ts';

const GIVEN_BACK = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const NO_RATES = { stepSeconds: 10, from: new Date(0).toISOString(), items: [] };

function sample(atMs: number, flows: number): Sample {
  const names = ['api', 'web'].map((name) => ({ namespace: 'shop', name, routable: 1, total: 1 }));
  const live = Array.from({ length: flows }, (_, index) => ({ id: `c-${index}`, bytesIn: 0, bytesOut: 0 }));
  return {
    atMs,
    services: names,
    flows: live.map((flow) => ({ ...flow, namespace: 'shop', service: 'web' })),
    ended: [],
    rates: NO_RATES,
    minutes: NO_RATES,
    ejections: [],
  };
}

function live(next: () => Promise<Sample>, intervalMs: number) {
  const terminal = new FakeTerminal();
  const [order] = TOP_ORDERS;
  if (!order) throw new Error('there is an order');
  const options = { collector: { sample: next }, intervalMs, order, headers: true, paint: PLAIN };
  return { terminal, top: new LiveTop({ ...options, stdin: terminal, stdout: terminal }) };
}

t.test('what is drawn follows the daemon and the keys, until q', async (t) => {
  const sampled = Promise.withResolvers<void>();
  let count = 0;
  const { terminal, top } = live(async () => {
    count += 1;
    if (count === 2) sampled.resolve();
    return sample(count * 1_000, 3);
  }, 1);
  const ended = top.run(sample(0, 0));
  t.match(terminal.written, /2 Services, 0 flows/);
  await sampled.promise;
  t.match(terminal.written, /2 Services, 3 flows/);
  t.match(terminal.written, /FLOWS\*[\s\S]*shop +web +3 [\s\S]*shop +api +0 /);
  terminal.written = '';
  terminal.emit('data', 's');
  t.match(terminal.written, /SERVICE\*[\s\S]*shop +api [\s\S]*shop +web /);
  terminal.written = '';
  terminal.emit('data', 's');
  t.match(terminal.written, /SERVICE\*[\s\S]*shop +web [\s\S]*shop +api /, 'the same key again turns it round');
  terminal.emit('data', 'q');
  t.equal(await ended, 0);
  t.ok(terminal.written.endsWith(GIVEN_BACK));
});

t.test('a daemon that goes ends it, with the terminal given back', async (t) => {
  const { terminal, top } = live(() => Promise.reject(new Error('gone')), 1);
  await t.rejects(top.run(sample(0, 0)), { message: 'gone' });
  t.ok(terminal.written.endsWith(GIVEN_BACK));
  t.same(terminal.modes, [true, false]);
});

t.test('a terminal of a few lines shows the first rows', async (t) => {
  const { terminal, top } = live(() => Promise.reject(new Error('is not asked')), 3_600_000);
  terminal.rows = 5;
  const ended = top.run(sample(0, 1));
  t.match(terminal.written, /shop +web/);
  t.notMatch(terminal.written, /shop +api/);
  terminal.emit('data', '\u0003');
  t.equal(await ended, 130);
});
