import t from 'tap';
import { TimedBook } from '../../src/balancing/timed-book.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { InterventionTarget } from '../../src/model/intervention.ts';
import { FakeClock, servicePortOf } from '../fixtures/balancing.ts';

interface Thing extends InterventionTarget {
  readonly name: string;
}

const WEB = servicePortOf([], { namespace: 'shop', service: 'web', portName: 'http', port: 80 });
const WEB_UDP = { ...WEB, protocol: 'UDP' } as const;
const ADMIN = { ...WEB, portName: 'admin', port: 81 };

function thing(name: string, over: Partial<Thing> = {}): Thing {
  return { namespace: 'shop', service: 'web', port: '', protocol: undefined, name, ...over };
}

function bookOf(clock: Clock, limit = 10) {
  const told: string[] = [];
  const book = new TimedBook<Thing>(clock, limit, {
    set: ({ value }) => told.push(`set ${value.name}`),
    over: ({ value, isOver }, why) => told.push(`${isOver ? 'over' : 'not over'} ${value.name} ${why}`),
  });
  return { book, told };
}

t.test('what is set is in force until its time is over', async (t) => {
  const clock = new FakeClock(1000);
  const { book, told } = bookOf(clock);
  t.equal(book.of(WEB), undefined);
  const set = book.set(thing('a'), 60_000);
  t.match(set, { setAtMs: 1000, untilMs: 61_000, isOver: false });
  t.equal(book.of(WEB), set);
  clock.advance(59_999);
  t.equal(book.of(WEB), set);
  clock.advance(1);
  t.equal(book.of(WEB), undefined);
  t.equal(book.size, 0);
  t.equal(clock.timers, 0, 'nothing is waited for');
  t.same(told, ['set a', 'over a time']);
});

t.test('one timer serves all of them, each in its time', async (t) => {
  const clock = new FakeClock();
  const { book, told } = bookOf(clock);
  book.set(thing('late', { service: 'b' }), 30_000);
  book.set(thing('soon', { service: 'a' }), 2000);
  t.equal(clock.timers, 1);
  t.same(
    book.list().map(({ value }) => value.name),
    ['soon', 'late'],
  );
  clock.advance(2000);
  t.same(told.slice(2), ['over soon time']);
  clock.advance(28_000);
  t.same(told.slice(3), ['over late time']);
});

t.test('one of a port counts before one of all, and one of another port not at all', async (t) => {
  const { book } = bookOf(new FakeClock());
  const all = book.set(thing('all'), 1000);
  const http = book.set(thing('http', { port: 'http' }), 1000);
  const udp = book.set(thing('udp', { port: '80', protocol: 'UDP' }), 1000);
  t.equal(book.of(WEB), http);
  t.equal(book.of(WEB_UDP), udp);
  t.equal(book.of(ADMIN), all);
  t.equal(book.of({ ...WEB, namespace: 'bank' }), undefined);
  t.equal(book.of({ ...WEB, service: 'web2' }), undefined);
});

t.test('another one of the same port takes its place', async (t) => {
  const { book, told } = bookOf(new FakeClock());
  const first = book.set(thing('a'), 1000);
  book.set(thing('b'), 1000);
  t.equal(first?.isOver, true);
  t.equal(book.of(WEB)?.value.name, 'b');
  t.same(told, ['set a', 'over a replaced', 'set b']);
});

t.test('a person ends one port, or all of a Service', async (t) => {
  const { book, told } = bookOf(new FakeClock());
  book.set(thing('all'), 1000);
  book.set(thing('http', { port: 'http' }), 1000);
  const web = { namespace: 'shop', service: 'web' };
  t.same(book.remove({ ...web, service: 'other' }), []);
  t.match(book.remove({ ...web, port: 'http', protocol: undefined }), [{ value: { name: 'http' } }]);
  t.equal(book.of(WEB)?.value.name, 'all');
  t.match(book.remove(web), [{ value: { name: 'all' } }]);
  t.same(told.slice(2), ['over http operator', 'over all operator']);
});

t.test('there are never more than the limit; one more in the place of another is not more', async (t) => {
  const { book } = bookOf(new FakeClock(), 2);
  t.ok(book.set(thing('a', { service: 'a' }), 1000));
  t.ok(book.set(thing('b', { service: 'b' }), 1000));
  t.equal(book.set(thing('c', { service: 'c' }), 1000), undefined);
  t.ok(book.set(thing('b2', { service: 'b' }), 1000));
  t.equal(book.size, 2);
});

t.test('who waits for the end is called once, and not where it has said otherwise', async (t) => {
  const clock = new FakeClock();
  const { book } = bookOf(clock);
  const set = book.set(thing('a'), 1000);
  const calls: string[] = [];
  set?.whenOver(() => calls.push('kept'));
  set?.whenOver(() => calls.push('dropped'))();
  clock.advance(5000);
  t.same(calls, ['kept']);
  set?.whenOver(() => calls.push('too late'));
  t.same(calls, ['kept']);
});

t.test('changes are told, until that is not wanted any more', async (t) => {
  const clock = new FakeClock();
  const { book } = bookOf(clock);
  const seen: number[] = [];
  const end = book.onChange(() => seen.push(book.size));
  book.set(thing('a'), 1000);
  clock.advance(1000);
  t.same(seen, [1, 0], 'the book is as it is after the change');
  end();
  book.set(thing('b'), 1000);
  t.same(seen, [1, 0]);
});

/** A clock whose wall time can jump. */
class JumpingClock extends FakeClock {
  jumpMs = 0;

  override now(): number {
    return super.now() + this.jumpMs;
  }
}

t.test('a machine that slept finds it over, though the timer is late', async (t) => {
  const clock = new JumpingClock();
  const { book, told } = bookOf(clock);
  book.set(thing('a'), 3_600_000);
  clock.jumpMs = 7_200_000;
  t.equal(book.of(WEB), undefined, 'at once for flows');
  clock.advance(15_000);
  t.same(told, ['set a', 'over a time']);
});

t.test('a clock that is set back prolongs nothing', async (t) => {
  const clock = new JumpingClock();
  const { book } = bookOf(clock);
  book.set(thing('a'), 60_000);
  clock.jumpMs = -3_600_000;
  clock.advance(60_000);
  t.equal(book.of(WEB), undefined);
});

t.test('a closed book ends nothing any more', async (t) => {
  const clock = new FakeClock();
  const { book, told } = bookOf(clock);
  book.set(thing('a'), 1000);
  book.close();
  clock.advance(5000);
  t.same(told, ['set a']);
  t.equal(clock.timers, 0);
});
