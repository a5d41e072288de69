import t from 'tap';
import { inheritInterventions, interventionRows } from '../../src/daemon/hand-on-interventions.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { booksOf, faultOf, overrideOf } from '../fixtures/interventions.ts';

const WEB = { namespace: 'shop', service: 'web', portName: 'http', port: 80, protocol: 'TCP' } as const;

t.test('a successor has what its predecessor had, for what is left of the time', async (t) => {
  const clock = new FakeClock(1_000_000);
  const before = booksOf(clock);
  const values = [
    overrideOf('localhost:3000', { match: '20%,src=10.0.0.0/8,src=fd00::/8', fallback: 'fail' }),
    overrideOf('[::1]:3000', { port: '53/udp', match: '0.000001%' }),
    overrideOf('127.0.0.1:3000', { port: 'http' }),
  ];
  for (const value of values) before.overrides.set(value, 60_000);
  const fault = faultOf({ latency: '300ms', jitter: '50ms', reset: '2%', port: '53/tcp' });
  before.faults.set(fault, 40_000);
  clock.advance(10_000);
  const rows = JSON.parse(JSON.stringify(interventionRows(before)));
  const later = new FakeClock(clock.now());
  const after = booksOf(later);
  inheritInterventions(after, rows);
  const facts = { setAtMs: 1_000_000, untilMs: 1_060_000 };
  t.match(
    after.overrides.list(),
    before.overrides.list().map(({ value }) => ({ value, ...facts })),
  );
  t.strictSame(
    after.overrides.list().map(({ value }) => value),
    before.overrides.list().map(({ value }) => value),
  );
  t.strictSame(
    after.faults.list().map(({ value }) => value),
    [fault],
  );
  t.same(after.told, Array(4).fill('set shop/web'));
  later.advance(29_999);
  t.equal(after.faults.size, 1);
  later.advance(1);
  t.equal(after.faults.size, 0);
  later.advance(20_000);
  t.equal(after.overrides.of(WEB), undefined);
  t.equal(later.timers, 0);
});

t.test('what is over, or cannot be read, is not handed on', async (t) => {
  const clock = new FakeClock();
  const before = booksOf(clock);
  before.overrides.set(overrideOf('localhost:3000'), 60_000);
  // A laptop that slept: the wall clock says that it is over before any timer does.
  t.intercept(clock, 'now', { value: () => 60_000 });
  t.same(interventionRows(before), { overrides: [], faults: [] });
  const after = booksOf(new FakeClock());
  const row = { namespace: 'shop', service: 'web', port: '', protocol: '', ageMs: 0, leftMs: 60_000 };
  inheritInterventions(after, {
    overrides: [{ ...row, target: 'a new way', match: '', fallback: 'fail' }],
    faults: [],
  });
  t.equal(after.overrides.size, 0);
});
