import t from 'tap';
import { dataPlaneSteps, explainedOverride } from '../../src/admin/explain-data-plane.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { decide } from '../../src/routing/decide.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { booksOf, faultOf, overrideOf } from '../fixtures/interventions.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

const HOUR_MS = 3_600_000;
const UNTIL = '1970-01-01T01:00:00.000Z';
const QUERY = { namespace: 'shop', service: 'web' };

function decisionOf(conditions: object = CONDITIONS.ready) {
  const endpoints = ['10.244.1.7', '10.244.1.8'].map((address) => rawEndpoint(address, { conditions }));
  return decide(tableWith([rawService(), rawSlice('web-1', endpoints)]), QUERY);
}

function planeOf() {
  const books = booksOf(new FakeClock());
  return {
    books,
    plane: {
      algorithm: () => 'roundrobin',
      interventions: { overrides: books.overrides, faults: books.faults, allowed: () => true },
      nowMs: 0,
    },
  };
}

t.test('without interventions and exclusions the balancing is the last step', async (t) => {
  const steps = dataPlaneSteps({ algorithm: () => 'random' }, decisionOf(), undefined);
  t.same(steps, [
    { name: 'balancing', detail: 'random, affinity None', in: ['10.244.1.7:8080', '10.244.1.8:8080'], out: [] },
  ]);
  t.same(dataPlaneSteps({ algorithm: () => 'random' }, decisionOf(CONDITIONS.notReady), undefined), []);
});

t.test('endpoints that are left out are told with the cause and the end', async (t) => {
  const decision = decisionOf();
  const [a, b] = decision.endpoints;
  const servicePort = decision.route?.servicePort;
  if (!a || !b || !servicePort) throw new Error('two endpoints');
  const of = { servicePort, failures: 0, times: 0 };
  const exclusions = [
    { ...of, endpoint: a, code: 'EP_EJECTED', cause: 'ECONNREFUSED', leftMs: 60_000 },
    { ...of, endpoint: b, code: 'EP_QUARANTINED', cause: '', leftMs: undefined },
    { ...of, servicePort: { ...servicePort, key: 'other' }, endpoint: a, code: 'EP_QUARANTINED', cause: '', leftMs: 1 },
  ] as const;
  const [step] = dataPlaneSteps({ algorithm: () => 'random', exclusions, nowMs: 0 }, decision, undefined);
  const common = { pod: '', object: 'svclane', path: 'cause' };
  t.same(step?.in, [a.key], 'who is ejected is the last resort, who is drained is not');
  t.same(step?.out, [
    { ...common, code: 'EP_EJECTED', subject: a.key, value: '"ECONNREFUSED"', until: '1970-01-01T00:01:00.000Z' },
    { ...common, code: 'EP_QUARANTINED', subject: b.key, value: '"drained by an operator"' },
  ]);
});

t.test(
  'an ejection counts for the clients of a set of endpoints, and is suspended for those of the other',
  async (t) => {
    const decision = decisionOf();
    const [a, b] = decision.endpoints;
    const { route } = decision;
    if (!a || !b || !route) throw new Error('two endpoints');
    const local = { ...route, servicePort: { ...route.servicePort, localEndpoints: [a] } };
    const of = { servicePort: local.servicePort, failures: 3, times: 1, cause: 'ECONNREFUSED', leftMs: 60_000 };
    const exclusions = [{ ...of, endpoint: a, code: 'EJECTION_SUSPENDED', suspendedIn: ['local'] } as const];
    const stepOf = (endpoints: readonly Endpoint[]) =>
      dataPlaneSteps(
        { algorithm: () => 'random', exclusions, nowMs: 0 },
        { ...decision, route: local, endpoints },
        undefined,
      )[0];
    t.match(stepOf(decision.endpoints), { in: [b.key], out: [{ code: 'EP_EJECTED', subject: a.key }] });
    t.match(stepOf(local.servicePort.localEndpoints), {
      in: [a.key],
      out: [{ code: 'EJECTION_SUSPENDED', subject: a.key }],
    });
  },
);

t.test('an override comes ahead of the balancing, a fault behind it', async (t) => {
  const { books, plane } = planeOf();
  books.overrides.set(overrideOf('localhost:3000', { match: '20%' }), HOUR_MS);
  books.faults.set(faultOf({ latency: '300ms' }), HOUR_MS);
  const steps = dataPlaneSteps(plane, decisionOf(), undefined);
  t.match(steps, [
    {
      name: 'override',
      detail: 'localhost:3000 first for 20%, the endpoints where it refuses',
      in: ['127.0.0.1:3000', '[::1]:3000'],
      out: [{ code: 'EP_OVERRIDDEN', value: '"localhost:3000"', until: UNTIL }],
      until: UNTIL,
    },
    { name: 'balancing', in: { length: 2 } },
    { name: 'faults', detail: 'latency 300ms', until: UNTIL },
  ]);
  t.same(explainedOverride(plane, decisionOf(), undefined), {
    target: 'localhost:3000',
    percent: 20,
    match: '20%',
    fallback: 'cluster',
    until: UNTIL,
  });
});

t.test('it counts for the clients that the data path draws it for', async (t) => {
  const { books, plane } = planeOf();
  books.overrides.set(overrideOf('localhost:3000', { match: 'src=10.0.0.0/8', fallback: 'fail' }), HOUR_MS);
  const seen = (from: string | undefined): boolean => explainedOverride(plane, decisionOf(), from) !== undefined;
  t.same([seen('10.1.2.3'), seen('192.0.2.1'), seen(undefined)], [true, false, false]);
  const [step] = dataPlaneSteps(plane, decisionOf(), '10.1.2.3');
  t.equal(step?.detail, 'localhost:3000 first for src=10.0.0.0/8, reset where it refuses');
});

t.test('it serves where routing has nobody', async (t) => {
  const { books, plane } = planeOf();
  books.overrides.set(overrideOf('localhost:3000'), HOUR_MS);
  const decision = decisionOf(CONDITIONS.notReady);
  t.equal(decision.reason, 'NO_ENDPOINT');
  t.same(
    dataPlaneSteps(plane, decision, undefined).map(({ name }) => name),
    ['override'],
  );
});
