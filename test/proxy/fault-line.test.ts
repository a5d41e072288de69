import fc from 'fast-check';
import t from 'tap';
import { FaultBucket } from '../../src/proxy/fault-bucket.ts';
import { FaultLine, type FaultLineOptions } from '../../src/proxy/fault-line.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { holds } from '../fixtures/property.ts';

function lineOf(clock: FakeClock, over: Partial<FaultLineOptions> = {}) {
  const arrived: [atMs: number, text: string][] = [];
  const line = new FaultLine({
    clock,
    delayMs: () => 0,
    bucket: undefined,
    isStream: true,
    deliver(bytes) {
      arrived.push([clock.now(), bytes.toString('latin1')]);
      return true;
    },
    ...over,
  });
  return { line, arrived };
}

t.test('everything arrives after the delay, and what follows does not wait for what went before', async (t) => {
  const clock = new FakeClock();
  const { line, arrived } = lineOf(clock, { delayMs: () => 300 });
  line.push(Buffer.from('a'));
  clock.advance(100);
  line.push(Buffer.from('b'));
  t.equal(line.heldBytes, 2);
  clock.advance(199);
  t.same(arrived, []);
  clock.advance(101);
  t.same(arrived, [
    [300, 'a'],
    [400, 'b'],
  ]);
  t.equal(line.heldBytes, 0);
  t.equal(clock.timers, 0);
});

t.test('jitter lets nothing overtake', async (t) => {
  const clock = new FakeClock();
  const delays = [300, 10, 200];
  const { line, arrived } = lineOf(clock, { delayMs: () => delays.shift() ?? 0 });
  for (const text of ['a', 'b', 'c']) line.push(Buffer.from(text));
  clock.advance(1000);
  t.same(arrived, [
    [300, 'a'],
    [300, 'b'],
    [300, 'c'],
  ]);
});

t.test('a stream is cut as the rate wants it, datagrams are not', async (t) => {
  const clock = new FakeClock();
  const stream = lineOf(clock, { bucket: new FaultBucket(1000, 1, 0) });
  const datagrams = lineOf(clock, { bucket: new FaultBucket(1000, 200, 0), isStream: false });
  for (const { line } of [stream, datagrams]) {
    line.push(Buffer.alloc(150, 'x'));
    line.push(Buffer.alloc(50, 'y'));
  }
  clock.advance(1000);
  t.equal(stream.arrived.map(([, text]) => text).join(''), 'x'.repeat(150) + 'y'.repeat(50));
  t.ok(stream.arrived.length > 2);
  t.equal(stream.arrived.at(-1)?.[0], 200);
  t.same(
    datagrams.arrived.map(([atMs, { length }]) => [atMs, length]),
    [
      [150, 150],
      [200, 50],
    ],
  );
});

t.test('the end arrives behind the last byte, and as late', async (t) => {
  const clock = new FakeClock();
  const { line, arrived } = lineOf(clock, { delayMs: () => 300 });
  line.push(Buffer.from('a'));
  clock.advance(50);
  line.end(() => arrived.push([clock.now(), 'end']));
  clock.advance(1000);
  t.same(arrived, [
    [300, 'a'],
    [350, 'end'],
  ]);
});

t.test('a receiver that takes no more is waited for', async (t) => {
  const clock = new FakeClock();
  const taken: string[] = [];
  const { line } = lineOf(clock, {
    deliver(bytes) {
      taken.push(bytes.toString());
      return false;
    },
  });
  line.push(Buffer.from('a'));
  line.push(Buffer.from('b'));
  clock.advance(1000);
  t.same(taken, ['a']);
  line.go();
  t.same(taken, ['a', 'b']);
});

t.test('opened, it holds nothing back any more', async (t) => {
  const clock = new FakeClock();
  const { line, arrived } = lineOf(clock, { delayMs: () => 60_000, bucket: new FaultBucket(1, 1, 0) });
  line.push(Buffer.from('abc'));
  line.open();
  t.same(arrived, [[0, 'abc']]);
  line.push(Buffer.from('d'));
  t.same(arrived[1], [0, 'd']);
});

t.test('closed, it delivers nothing, not even to the end, and leaves no timer', async (t) => {
  const clock = new FakeClock();
  const { line, arrived } = lineOf(clock, { delayMs: () => 300 });
  line.push(Buffer.from('a'));
  line.end(() => t.fail('ended'));
  line.close();
  line.push(Buffer.from('b'));
  clock.advance(1000);
  t.same(arrived, []);
  t.equal(line.heldBytes, 0);
  t.equal(clock.timers, 0);
});

t.test('closed by who receives, it goes no further', async (t) => {
  const clock = new FakeClock();
  const taken: string[] = [];
  const { line } = lineOf(clock, {
    delayMs: () => 10,
    deliver(bytes) {
      taken.push(bytes.toString());
      line.close();
      return true;
    },
  });
  line.push(Buffer.from('a'));
  line.push(Buffer.from('b'));
  clock.advance(100);
  t.same(taken, ['a']);
});

t.test('whatever delays and rates, every byte arrives once, in order, and not too early', (t) => {
  const chunk = fc.record({
    gapMs: fc.nat(50),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    delayMs: fc.nat(400),
  });
  const rate = fc.option(fc.integer({ min: 50, max: 100_000 }), { nil: undefined });
  holds(
    t,
    fc.property(fc.array(chunk, { maxLength: 20 }), rate, (chunks, bytesPerSecond) => {
      const clock = new FakeClock();
      const delays = chunks.map(({ delayMs }) => delayMs);
      const bucket = bytesPerSecond === undefined ? undefined : new FaultBucket(bytesPerSecond, 1, 0);
      const { line, arrived } = lineOf(clock, { delayMs: () => delays.shift() ?? 0, bucket });
      const due: number[] = [];
      for (const { gapMs, bytes, delayMs } of chunks) {
        clock.advance(gapMs);
        for (let i = 0; i < bytes.length; i++) due.push(clock.now() + delayMs);
        line.push(Buffer.from(bytes));
      }
      clock.advance(200_000);
      const sent = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1');
      if (arrived.map(([, text]) => text).join('') !== sent) throw new Error('other bytes');
      let at = 0;
      for (const [atMs, text] of arrived) {
        if (atMs < (due[at] ?? 0)) throw new Error(`byte ${at} too early`);
        at += text.length;
      }
    }),
  );
  t.end();
});
