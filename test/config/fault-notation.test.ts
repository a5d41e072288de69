import t from 'tap';
import { parseFault } from '../../src/config/fault-notation.ts';

const SERVICE = { namespace: 'shop', service: 'redis' };

function parsed(texts: Readonly<Record<string, string>>) {
  return parseFault({ ...SERVICE, ttl: '10m', ...texts });
}

const NOTHING = {
  latencyMs: 0,
  jitterMs: 0,
  resetPercent: 0,
  refusePercent: 0,
  blackholePercent: 0,
  bytesPerSecond: 0,
};

const GOOD: readonly (readonly [Readonly<Record<string, string>>, Partial<typeof NOTHING>])[] = [
  [{ latency: '300ms' }, { latencyMs: 300 }],
  [{ latency: '300ms±50ms' }, { latencyMs: 300, jitterMs: 50 }],
  [{ latency: '300ms~50ms' }, { latencyMs: 300, jitterMs: 50 }],
  [{ latency: '300ms +- 50ms' }, { latencyMs: 300, jitterMs: 50 }],
  [
    { latency: '1s', jitter: '1s' },
    { latencyMs: 1000, jitterMs: 1000 },
  ],
  [
    { reset: '2%', refuse: '3%', blackhole: '100%' },
    { resetPercent: 2, refusePercent: 3, blackholePercent: 100 },
  ],
  [{ rate: '64KiB/s' }, { bytesPerSecond: 65_536 }],
  [{ rate: '64Ki' }, { bytesPerSecond: 65_536 }],
  [{ rate: '64 kB/s' }, { bytesPerSecond: 64_000 }],
  [{ rate: '1.5MB/s' }, { bytesPerSecond: 1_500_000 }],
  [{ rate: '10Mbit/s' }, { bytesPerSecond: 1_250_000 }],
  [{ rate: '1B/s' }, { bytesPerSecond: 1 }],
];

for (const [texts, effects] of GOOD) {
  t.test(`understands ${JSON.stringify(texts)}`, async (t) => {
    const fault = { ...SERVICE, port: '', protocol: undefined, ...NOTHING, ...effects };
    t.same(parsed(texts), { fault, ttlMs: 600_000 });
  });
}

const BAD: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
  [{}, 'fault', /at least one of latency, reset/],
  [{ latency: '300' }, 'latency', /300ms±50ms.*not "300"/],
  [{ latency: '0ms' }, 'latency', /from 1ms to 1m/],
  [{ latency: '2m' }, 'latency', /from 1ms to 1m/],
  [{ latency: '300ms±' }, 'latency', /at most the latency/],
  [{ latency: '300ms±301ms' }, 'latency', /at most the latency/],
  [{ latency: '300ms', jitter: '1s' }, 'jitter', /at most the latency/],
  [{ latency: '300ms±50ms', jitter: '20ms' }, 'jitter', /no jitter beside/],
  [{ jitter: '50ms', reset: '1%' }, 'jitter', /at most the latency/],
  [{ reset: '0%' }, 'reset', /above 0% to 100%/],
  [{ reset: '2' }, 'reset', /2%/],
  [{ refuse: '101%' }, 'refuse', /above 0% to 100%/],
  [{ blackhole: '' }, 'blackhole', /2%/],
  [{ rate: '64' }, 'rate', /64KiB\/s/],
  [{ rate: '0B/s' }, 'rate', /from 1B\/s/],
  [{ rate: '11GiB/s' }, 'rate', /to 10GiB\/s/],
  [{ rate: '1KB/m' }, 'rate', /64KiB\/s/],
  [{ reset: '1%', ttl: '' }, 'ttl', /needed/],
  [{ reset: '1%', ttl: '24h1s' }, 'ttl', /from 1s to 24h/],
];

for (const [texts, field, message] of BAD) {
  t.test(`objects to ${JSON.stringify(texts)}`, async (t) => {
    t.match(parsed(texts), { problems: [{ field, message }] });
  });
}
