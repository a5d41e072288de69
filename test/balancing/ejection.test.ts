import t from 'tap';
import { type EjectionEvents, type EjectionSettings, Ejections } from '../../src/balancing/ejection.ts';
import type { ServicePort } from '../../src/model/route.ts';
import { endpointOf, FakeClock, servicePortOf } from '../fixtures/balancing.ts';

const SETTINGS: EjectionSettings = { consecutiveFailures: 3, baseMs: 10_000, maxMs: 60_000, maxPercent: 50 };
const [A, B, C, D] = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80', '10.0.0.4:80'] as const;

/** Ejections of one ServicePort; `told` has what happened, in order. */
function rig(keys: readonly string[], over: Partial<EjectionSettings> = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const events: EjectionEvents = {
    ejected: ({ endpoint, cause, times, forMs }) => told.push(`ejected ${endpoint.key} ${cause} ${times} ${forMs}`),
    restored: (_servicePort, endpoint, why) => told.push(`restored ${endpoint.key} ${why}`),
    suspended: ({ eligible, ejected, forced }) => told.push(`suspended ${forced} of ${ejected}, ${eligible} eligible`),
  };
  const state = {
    clock,
    told,
    settings: { ...SETTINGS, ...over },
    quarantined: undefined as ReadonlySet<string> | undefined,
    port: servicePortOf(keys.map((key) => endpointOf(key))) as ServicePort | undefined,
  };
  const ejections = new Ejections({
    clock,
    settings: () => state.settings,
    servicePort: (key) => (state.port?.key === key ? state.port : undefined),
    quarantined: () => state.quarantined,
    events,
  });
  const key = state.port?.key ?? '';
  const fail = (endpoint: string, count: number): void => {
    for (let i = 0; i < count; i++) ejections.failed(key, endpoint, 'ECONNREFUSED');
  };
  const avoided = (): string[] => [...(ejections.of(key, state.port?.clusterEndpoints ?? []) ?? [])].sort();
  const follow = (after: ServicePort | undefined): void => {
    const before = state.port;
    state.port = after;
    ejections.sync([{ before, after }]);
  };
  return { state, ejections, key, clock, told, fail, avoided, follow };
}

t.test('an endpoint that fails so often in a row is left out, for a time', async (t) => {
  const { fail, avoided, clock, told, ejections } = rig([A, B]);
  fail(A, 2);
  t.same(avoided(), []);
  fail(A, 1);
  t.same(avoided(), [A]);
  clock.advance(4000);
  t.match(
    [...ejections.list()],
    [
      {
        endpoint: { key: A },
        cause: 'ECONNREFUSED',
        failures: 3,
        times: 1,
        forMs: 10_000,
        leftMs: 6000,
        suspendedIn: [],
      },
    ],
  );
  clock.advance(6000);
  t.same(avoided(), []);
  t.same([...ejections.list()], []);
  t.same(told, [`ejected ${A} ECONNREFUSED 1 10000`, `restored ${A} time`]);
});

t.test('a success breaks the row', async (t) => {
  const { fail, avoided, ejections, key } = rig([A, B]);
  fail(A, 2);
  ejections.succeeded(key, A);
  fail(A, 2);
  t.same(avoided(), []);
});

t.test('on trial one failure is enough, and the time doubles up to the longest', async (t) => {
  const { fail, clock, told } = rig([A, B]);
  fail(A, 3);
  for (const ms of [10_000, 20_000, 40_000, 60_000]) {
    clock.advance(ms);
    fail(A, 1);
  }
  t.same(
    told.filter((line) => line.startsWith('ejected')),
    [10_000, 20_000, 40_000, 60_000, 60_000].map((ms, i) => `ejected ${A} ECONNREFUSED ${i + 1} ${ms}`),
  );
});

t.test('a success restores at once, and the time begins anew', async (t) => {
  const { fail, avoided, clock, told, ejections, key } = rig([A, B]);
  fail(A, 3);
  clock.advance(10_000);
  fail(A, 1);
  ejections.succeeded(key, A);
  t.same(avoided(), []);
  fail(A, 3);
  t.same(told.slice(-2), [`restored ${A} success`, `ejected ${A} ECONNREFUSED 1 10000`]);
});

t.test('failures of an endpoint that is ejected do not make it longer', async (t) => {
  const { fail, avoided, clock } = rig([A, B]);
  fail(A, 10);
  clock.advance(10_000);
  t.same(avoided(), []);
});

t.test('at most maxPercent of the eligible endpoints is left out, those that are ejected longest', async (t) => {
  const { fail, avoided, clock, told, ejections } = rig([A, B, C, D]);
  for (const key of [A, B]) fail(key, 3);
  clock.advance(1000);
  fail(C, 3);
  t.same(avoided().length, 2);
  t.ok(avoided().includes(C));
  t.same(told.at(-1), 'suspended 1 of 3, 4 eligible');
  t.equal([...ejections.list()].filter(({ suspendedIn }) => suspendedIn.length > 0).length, 1);
  fail(D, 3);
  t.equal(avoided().length, 2);
  t.equal(told.filter((line) => line.startsWith('suspended')).length, 1, 'told when it begins');
});

t.test('the only endpoint is never left out, and the log can say so', async (t) => {
  const { fail, avoided, told } = rig([A]);
  fail(A, 3);
  t.same(avoided(), []);
  t.same(told, [`ejected ${A} ECONNREFUSED 1 10000`, 'suspended 1 of 1, 1 eligible']);
});

t.test('when the table moves', async (t) => {
  t.test('an ejection stays with its endpoint, and is forgotten with it', async (t) => {
    const { fail, avoided, follow, clock } = rig([A, B]);
    fail(A, 3);
    follow(servicePortOf([A, B, C].map((key) => endpointOf(key))));
    t.same(avoided(), [A]);
    follow(servicePortOf([B, C].map((key) => endpointOf(key))));
    t.equal(clock.timers, 0);
    follow(servicePortOf([A, B].map((key) => endpointOf(key))));
    t.same(avoided(), []);
  });

  t.test('the cap follows the endpoints there are', async (t) => {
    const { fail, avoided, follow, told } = rig([A, B, C, D]);
    for (const key of [A, B]) fail(key, 3);
    t.same(avoided(), [A, B]);
    follow(servicePortOf([A, B].map((key) => endpointOf(key))));
    t.equal(avoided().length, 1);
    t.equal(told.at(-1), 'suspended 1 of 2, 2 eligible');
  });

  t.test('nothing is left of a ServicePort that is gone, nor comes by a late failure', async (t) => {
    const { fail, follow, clock, ejections } = rig([A, B]);
    fail(A, 3);
    follow(undefined);
    fail(A, 3);
    t.equal(clock.timers, 0);
    t.same([...ejections.list()], []);
  });
});

t.test('each set of a ServicePort has its own cap', async (t) => {
  const { state, fail, ejections, key } = rig([A, B, C, D]);
  const [a, b, c, d] = [A, B, C, D].map((name) => endpointOf(name));
  if (!a || !b || !c || !d) throw new Error('four');
  const port = servicePortOf([a, b, c, d], { localEndpoints: [a] });
  state.port = port;
  fail(A, 3);
  t.same([...(ejections.of(key, port.clusterEndpoints ?? []) ?? [])], [A]);
  t.same([...(ejections.of(key, port.localEndpoints ?? []) ?? [])], []);
  t.match([...ejections.list()], [{ endpoint: a, suspendedIn: ['local'] }]);
  t.same([...(ejections.of(key, [a, b]) ?? [])], [A], 'a set of another table');
});

t.test('endpoints in quarantine do not count as eligible', async (t) => {
  const { state, fail, avoided, ejections, key } = rig([A, B]);
  fail(A, 3);
  t.same(avoided(), [A]);
  state.quarantined = new Set([B]);
  ejections.review(key);
  t.same(avoided(), []);
});

t.test('what the operator restores, or turns off, is restored', async (t) => {
  const { state, fail, avoided, told, ejections, key, clock } = rig([A, B, C, D]);
  fail(A, 3);
  t.equal(ejections.restore(key, A), true);
  t.equal(ejections.restore(key, A), false);
  fail(B, 3);
  fail(C, 1);
  state.settings = { ...SETTINGS, maxPercent: 10 };
  ejections.settingsChanged();
  t.same(avoided(), []);
  state.settings = { ...SETTINGS, consecutiveFailures: 0 };
  ejections.settingsChanged();
  fail(D, 9);
  t.same([...ejections.list()], []);
  t.equal(clock.timers, 0);
  t.same(
    told.filter((line) => line.startsWith('restored')),
    [`restored ${A} operator`, `restored ${B} off`],
  );
});

t.test('close stops the timers', async (t) => {
  const { fail, ejections, clock, avoided } = rig([A, B]);
  fail(A, 3);
  ejections.close();
  t.equal(clock.timers, 0);
  t.same(avoided(), []);
});

t.test('a successor goes on where the predecessor was, for what the table has', async (t) => {
  const before = rig([A, B, C]);
  before.fail(A, 3);
  before.fail(B, 2);
  before.clock.advance(4_000);
  const rows = [...before.ejections.rows()];
  t.match(rows, [
    { endpoint: A, cause: 'ECONNREFUSED', times: 1, leftMs: 6_000 },
    { endpoint: B, failures: 2, times: 0, leftMs: 0 },
  ]);
  const after = rig([A, B, D]);
  after.ejections.inherit([...rows, { ...rows[0], endpoint: C } as (typeof rows)[number]]);
  t.same(after.avoided(), [A]);
  after.fail(B, 1);
  t.match(after.told, [/^ejected 10.0.0.2:80/, /suspended/], 'one more failure was one too many');
  after.clock.advance(6_000);
  t.ok(after.told.includes(`restored ${A} time`));
  const off = rig([A, B], { consecutiveFailures: 0 });
  off.ejections.inherit(rows);
  t.same([...off.ejections.rows()], [], 'where nothing is ejected, nothing is inherited');
});
