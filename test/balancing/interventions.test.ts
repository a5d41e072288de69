import t from 'tap';
import { overrideFor } from '../../src/balancing/interventions.ts';
import { FakeClock, seededRandom, servicePortOf } from '../fixtures/balancing.ts';
import { booksOf, faultOf, overrideOf } from '../fixtures/interventions.ts';

const WEB = servicePortOf([], { namespace: 'shop', service: 'web' });
const forward = (): string => 'FORWARD';

t.test('an override takes the share of flows that it says, within what chance allows', async (t) => {
  const books = booksOf(new FakeClock(), seededRandom(7));
  const override = overrideOf('localhost:3000', { match: '20%' });
  books.overrides.set(override, 60_000);
  let taken = 0;
  for (let i = 0; i < 10_000; i++) if (books.drawOverride(WEB, '10.0.0.1', forward) === override) taken += 1;
  t.ok(taken > 1880 && taken < 2120, `${taken} of 10,000: within three standard deviations of 2,000`);
});

t.test('all and none are no matter of chance', async (t) => {
  const books = booksOf(new FakeClock(), () => 0.999_999);
  t.equal(books.draw(100), true);
  t.equal(books.draw(0), false);
  t.equal(booksOf(new FakeClock(), () => 0).draw(0), false);
});

const CASES: readonly (readonly [string, string | undefined, string, boolean])[] = [
  ['a client of the range', '10.1.2.3', 'FORWARD', true],
  ['a client of another', '192.168.0.1', 'FORWARD', false],
  ['a client of the other family', 'fd00::1', 'FORWARD', false],
  ['any client', undefined, 'FORWARD', false],
  ['a client for whom there is no endpoint', '10.1.2.3', 'NO_ENDPOINT', true],
  ['a client that the policy keeps from the endpoints', '10.1.2.3', 'NO_LOCAL_ENDPOINT', true],
  ['a client that source ranges deny', '10.1.2.3', 'SOURCE_DENIED', false],
  ['a port without a socket', '10.1.2.3', 'PORT_UNSUPPORTED', false],
];

for (const [name, client, verdict, counts] of CASES) {
  t.test(`an override by source, ${name}: ${counts}`, async (t) => {
    const books = booksOf(new FakeClock());
    books.overrides.set(overrideOf('localhost:3000', { match: 'src=10.0.0.0/8' }), 60_000);
    t.equal(overrideFor(books.overrides, WEB, client, () => verdict) !== undefined, counts);
  });
}

t.test('where there is none the verdict is not asked for', async (t) => {
  const books = booksOf(new FakeClock());
  const asked = (): never => {
    throw new Error('asked');
  };
  t.equal(books.drawOverride(WEB, '10.0.0.1', asked), undefined);
});

t.test('the delay lies within the jitter around the latency', async (t) => {
  const fault = faultOf({ latency: '300ms±50ms' });
  const delayAt = (random: number): number => booksOf(new FakeClock(), () => random).delayMs(fault);
  t.same([0, 0.5, 1].map(delayAt), [250, 300, 350]);
  t.equal(booksOf(new FakeClock(), () => 1).delayMs(faultOf({ latency: '20ms' })), 20);
});
