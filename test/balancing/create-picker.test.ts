import fc from 'fast-check';
import t from 'tap';
import { createPicker } from '../../src/balancing/create-picker.ts';
import type { ServicePort } from '../../src/model/route.ts';
import type { Algorithm } from '../../src/model/service.ts';
import { ALGORITHMS } from '../../src/model/service.ts';
import { endpointOf, FakeClock, seededRandom, servicePortOf } from '../fixtures/balancing.ts';

const STICKY = { sessionAffinity: 'ClientIP', sessionAffinityTimeoutSeconds: 60 } as const;

function setUp(algorithm: Algorithm = 'roundrobin', maxAffinityEntries = 100) {
  const clock = new FakeClock();
  const picker = createPicker({ clock, random: seededRandom(1), algorithmOf: () => algorithm, maxAffinityEntries });
  const pick = (port: ServicePort, client = '10.9.9.1', tried?: ReadonlySet<string>) =>
    picker.pick(port, port.clusterEndpoints ?? [], client, tried);
  return { clock, picker, pick };
}

function portOf(names: readonly string[], over: Partial<ServicePort> = {}): ServicePort {
  return servicePortOf(
    names.map((key) => endpointOf(key)),
    over,
  );
}

t.test('the pick tells the algorithm, or that there was no choice', (t) => {
  for (const algorithm of ALGORITHMS) {
    const { pick } = setUp(algorithm);
    t.equal(pick(portOf(['a', 'b']))?.why, algorithm);
    t.same(pick(portOf(['a'], { key: 'other' }))?.why, 'only');
    t.equal(pick(portOf([], { key: 'none' })), undefined);
    t.equal(pick(portOf(['a', 'b']), 'c', new Set(['a']))?.endpoint.key, 'b');
    t.equal(pick(portOf(['a', 'b']), 'c', new Set(['a', 'b'])), undefined);
  }
  t.end();
});

t.test('the cluster set and the local set rotate independently', (t) => {
  const { picker } = setUp();
  const all = ['a', 'b', 'c', 'd'].map((key) => endpointOf(key));
  const port = servicePortOf(all, { localEndpoints: all.slice(2) });
  const cluster: string[] = [];
  const local: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    cluster.push(picker.pick(port, port.clusterEndpoints ?? [], 'x')?.endpoint.key ?? '');
    local.push(picker.pick(port, port.localEndpoints ?? [], 'x')?.endpoint.key ?? '');
  }
  t.same(cluster.toSorted(), ['a', 'b', 'c', 'd']);
  t.same(local.toSorted(), ['c', 'c', 'd', 'd']);
  t.end();
});

t.test('a remembered endpoint that is not in the set in force is replaced, and the new one is remembered', (t) => {
  const { picker, pick } = setUp();
  const all = ['a', 'b'].map((key) => endpointOf(key));
  const port = servicePortOf(all, { ...STICKY, localEndpoints: [endpointOf('a')] });
  let client = 0;
  while (pick(port, `c${client}`)?.endpoint.key !== 'b') client++;
  t.equal(pick(port, `c${client}`)?.why, 'affinity');
  t.equal(picker.pick(port, port.localEndpoints ?? [], `c${client}`)?.endpoint.key, 'a');
  t.match(pick(port, `c${client}`), { endpoint: { key: 'a' }, why: 'affinity' });
  t.end();
});

t.test('a retry moves the client to another endpoint for good', (t) => {
  const { pick } = setUp();
  const port = portOf(['a', 'b', 'c'], STICKY);
  const first = pick(port)?.endpoint.key ?? '';
  const second = pick(port, '10.9.9.1', new Set([first]))?.endpoint.key ?? '';
  t.not(second, first);
  t.match(pick(port), { endpoint: { key: second }, why: 'affinity' });
  t.end();
});

t.test('affinity ends when it is turned off, when the endpoint is removed, and with the ServicePort', (t) => {
  const sticky = portOf(['a', 'b'], STICKY);
  const cases: readonly [string, (first: string) => readonly (ServicePort | undefined)[]][] = [
    ['turned off and on', () => [sticky, portOf(['a', 'b']), sticky]],
    [
      'endpoint removed and back',
      (first) => [
        sticky,
        portOf(
          ['a', 'b'].filter((key) => key !== first),
          STICKY,
        ),
        sticky,
      ],
    ],
    ['Service deleted and back', () => [sticky, undefined, sticky]],
  ];
  for (const [name, tables] of cases) {
    const { picker, pick } = setUp();
    const first = pick(sticky)?.endpoint.key ?? '';
    t.equal(pick(sticky)?.why, 'affinity', name);
    tables(first).reduce((before, after) => {
      picker.sync([{ before, after }]);
      return after;
    });
    t.equal(pick(sticky)?.why, 'roundrobin', name);
  }
  t.end();
});

t.test('affinity survives an endpoint that is not ready for a while', (t) => {
  const { picker, pick } = setUp();
  const before = portOf(['a', 'b'], STICKY);
  const first = pick(before)?.endpoint.key ?? '';
  const after = portOf(['a', 'b', 'c'], STICKY);
  picker.sync([{ before, after }]);
  t.match(pick(after), { endpoint: { key: first }, why: 'affinity' });
  t.end();
});

t.test('a time-out that is changed applies to clients already known', (t) => {
  const { clock, picker, pick } = setUp();
  const before = portOf(['a', 'b'], STICKY);
  const after = portOf(['a', 'b'], { ...STICKY, sessionAffinityTimeoutSeconds: 5 });
  pick(before);
  clock.advance(5000);
  picker.sync([{ before, after }]);
  t.equal(pick(after)?.why, 'roundrobin');
  t.end();
});

t.test('open flows outlive their Service and are counted when it comes back', (t) => {
  const { picker, pick } = setUp('leastconn');
  const port = portOf(['a', 'b']);
  for (const key of ['a', 'a', 'a', 'b']) picker.flowOpened(port.key, key);
  picker.sync([{ before: port, after: undefined }]);
  picker.sync([{ before: undefined, after: port }]);
  t.equal(pick(port)?.endpoint.key, 'b');
  for (const key of ['a', 'a', 'a']) picker.flowEnded(port.key, key);
  t.equal(pick(port)?.endpoint.key, 'a');
  picker.flowEnded('unknown', 'a');
  picker.sync([{ before: port, after: undefined }]);
  picker.flowEnded(port.key, 'b');
  t.equal(pick(port)?.why, 'leastconn');
  t.end();
});

t.test('property: affinity never leaves a live endpoint, and a pick is always eligible', (t) => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const step = fc.record({
    client: fc.integer({ min: 0, max: 5 }),
    set: fc.subarray(names, { minLength: 1 }),
    seconds: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(...ALGORITHMS), (steps, algorithm) => {
      const { clock, picker, pick } = setUp(algorithm);
      const last = new Map<string, { key: string; atMs: number }>();
      let before: ServicePort | undefined;
      for (const { client, set, seconds } of steps) {
        clock.advance(seconds * 1000);
        const after = portOf(set, STICKY);
        picker.sync([{ before, after }]);
        for (const [name, { key }] of last) if (!set.includes(key)) last.delete(name);
        before = after;
        const known = last.get(`c${client}`);
        const picked = pick(after, `c${client}`)?.endpoint.key ?? '';
        if (!set.includes(picked)) return false;
        if (known && clock.now() - known.atMs < 60_000 && known.key !== picked) return false;
        last.set(`c${client}`, { key: picked, atMs: clock.now() });
      }
      return true;
    }),
  );
  t.end();
});
