import t from 'tap';
import { rowsBetween, type Sample } from '../../../src/cli/top/sample.ts';

const WEB = { namespace: 'shop', service: 'web' };
const FROM_MS = Date.UTC(2026, 0, 2, 12);

/** A sample in which step `step` is the current one, of `counts.length` steps. */
function sample(atMs: number, step: number, counts: readonly number[], more: Partial<Sample> = {}): Sample {
  const rates = (stepSeconds: number, p99: readonly (number | null)[]) => ({
    stepSeconds,
    from: new Date(FROM_MS + (step - counts.length + 1) * 10_000).toISOString(),
    items: [
      {
        ...WEB,
        opened: [...counts],
        failed: [...counts],
        failedDials: [],
        connectP50Ms: [...p99],
        connectP99Ms: [...p99],
      },
    ],
  });
  return {
    atMs,
    services: [{ namespace: 'shop', name: 'web', routable: 2, total: 3 }],
    flows: [],
    ended: [],
    rates: rates(10, []),
    minutes: rates(60, [null, 2]),
    ejections: [],
    ...more,
  };
}

function flow(id: string, bytesIn: number, bytesOut: number): Sample['flows'][number] {
  return { id, ...WEB, bytesIn, bytesOut };
}

t.test('new flows are what was counted since, whichever step it was counted in', async (t) => {
  const cases: readonly [string, Sample, Sample, number][] = [
    ['the same step', sample(0, 5, [0, 1, 4]), sample(2_000, 5, [0, 1, 10]), 3],
    ['the next step', sample(0, 5, [0, 1, 4]), sample(2_000, 6, [1, 6, 2]), 2],
    ['several steps', sample(0, 5, [0, 1, 4]), sample(20_000, 7, [5, 10, 1]), 0.6],
    ['all steps are new', sample(0, 5, [9, 9, 9]), sample(100_000, 15, [10, 20, 20]), 0.41],
    ['nothing', sample(0, 5, [0, 1, 4]), sample(2_000, 5, [0, 1, 4]), 0],
  ];
  for (const [name, before, after, expected] of cases) {
    const [row] = rowsBetween(before, after);
    t.equal(row?.newPerSecond, expected, name);
    t.equal(row?.failuresPerSecond, expected, name);
  }
});

t.test('a Service that had no traffic before is counted from its first flow', async (t) => {
  const before = sample(0, 5, [0, 0, 0]);
  const silent = { ...before, rates: { ...before.rates, items: [] } };
  t.equal(rowsBetween(silent, sample(2_000, 5, [0, 0, 6]))[0]?.newPerSecond, 3);
});

t.test('bytes are those of live flows and of flows that ended between', async (t) => {
  const before = sample(0, 5, [0], { flows: [flow('c-1', 100, 1_000), flow('c-2', 50, 50)] });
  const after = sample(2_000, 5, [0], {
    flows: [flow('c-1', 300, 1_000), flow('c-3', 20, 0)],
    ended: [flow('c-2', 150, 50), flow('c-4', 0, 800)],
  });
  t.match(rowsBetween(before, after)[0], { flows: 2, bytesInPerSecond: (200 + 20 + 100) / 2, bytesOutPerSecond: 400 });
});

t.test('latencies are of the last minute, and may be unknown', async (t) => {
  t.match(rowsBetween(sample(0, 5, [0]), sample(1, 5, [0]))[0], {
    connectP50Ms: 2,
    connectP99Ms: 2,
    routable: 2,
    total: 3,
  });
  const after = sample(1, 5, [0]);
  const [row] = rowsBetween(sample(0, 5, [0]), {
    ...after,
    minutes: { ...after.minutes, items: [] },
    ejections: [WEB, WEB],
  });
  t.match(row, { connectP50Ms: undefined, ejected: 2 });
});
