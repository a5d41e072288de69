import t from 'tap';
import { formatFault, formatRate } from '../../src/model/fault.ts';

const NOTHING = {
  latencyMs: 0,
  jitterMs: 0,
  resetPercent: 0,
  refusePercent: 0,
  blackholePercent: 0,
  bytesPerSecond: 0,
};

t.test('a fault is told with what it does, and with nothing else', async (t) => {
  t.equal(formatFault({ ...NOTHING, latencyMs: 300, jitterMs: 50, resetPercent: 2 }), 'latency 300ms±50ms, reset 2%');
  t.equal(formatFault({ ...NOTHING, refusePercent: 100 }), 'refuse 100%');
  t.equal(formatFault({ ...NOTHING, blackholePercent: 0.5, bytesPerSecond: 65_536 }), 'blackhole 0.5%, rate 64KiB/s');
});

t.test('a rate is told in the unit that suits it', async (t) => {
  const texts = [1, 1023, 1024, 1_572_864, 1_250_000, 5 * 1024 ** 3].map(formatRate);
  t.same(texts, ['1B/s', '1023B/s', '1KiB/s', '1.5MiB/s', '1.192MiB/s', '5GiB/s']);
});
