import t from 'tap';
import { type Carrier, FIN_TIMINGS, PortStream } from '../../../src/transport/apiserver/port-stream.ts';
import { SteppedClock } from '../../fixtures/kubernetes-clock.ts';

interface Rig {
  readonly stream: PortStream;
  readonly clock: SteppedClock;
  readonly told: string[];
}

function start(): Rig {
  const told: string[] = [];
  const clock = new SteppedClock();
  const carrier: Carrier = {
    write(bytes, done) {
      told.push(`write ${bytes}`);
      done();
    },
    takeNow(bytes) {
      told.push(`takes ${Buffer.from(bytes)}`);
      return bytes.length;
    },
    awaitRoom: () => false,
    end: () => told.push('FIN'),
    consumed: () => {},
    holds: (bytes) => told.push(`holds ${bytes}`),
    release: (isBroken) => told.push(isBroken ? 'reset' : 'over'),
  };
  return { stream: new PortStream(carrier, clock, FIN_TIMINGS), clock, told };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('the FIN is passed on after a short silence where the last thing was an answer', async (t) => {
  const { stream, clock, told } = start();
  stream.resume().write('ask');
  stream.received(Buffer.from('answer'));
  stream.end();
  await tick();
  clock.advance(999);
  stream.received(Buffer.from('more'));
  await tick();
  clock.advance(999);
  t.same(told, ['write ask'], 'an answer that goes on is not cut');
  clock.advance(2);
  t.same(told, ['write ask', 'FIN']);
});

t.test('the FIN is passed on after a long silence where an answer is owed', async (t) => {
  const { stream, clock, told } = start();
  stream.resume().end('ask');
  await tick();
  clock.advance(29_999);
  stream.received(Buffer.from('late'));
  await tick();
  clock.advance(29_999);
  t.same(told, ['write ask']);
  clock.advance(1);
  t.same(told, ['write ask', 'FIN']);
});

t.test('the FIN is passed on when the pod ends', async (t) => {
  const { stream, told } = start();
  stream.resume().end('ask');
  await tick();
  stream.received(Buffer.from('answer'));
  stream.ended();
  await tick();
  t.same(told, ['write ask', 'FIN', 'over']);
  t.ok(stream.closed);
});

t.test('an answer that was not read yet counts as one that goes on', async (t) => {
  const { stream, clock, told } = start();
  stream.write('ask');
  stream.received(Buffer.from('answer'));
  stream.end();
  await tick();
  clock.advance(10_000);
  t.same(told, ['write ask']);
});

t.test('what is written after the pod has ended is an error, once the answer was read', async (t) => {
  const { stream } = start();
  stream.received(Buffer.from('answer'));
  stream.ended();
  stream.write('too late');
  await tick();
  t.notOk(stream.destroyed);
  const failed = new Promise((resolve) => stream.once('error', resolve));
  stream.resume();
  t.match(await failed, { code: 'EPIPE' });
});

t.test('a break gives what came before it, then the error, and lets the carrier go at once', async (t) => {
  const { stream, told } = start();
  stream.received(Buffer.from('half an ans'));
  stream.failed(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
  t.same(told, ['reset']);
  const failed = new Promise((resolve) => stream.once('error', resolve));
  const chunks: string[] = [];
  stream.on('data', (chunk) => chunks.push(String(chunk)));
  t.match(await failed, { code: 'ECONNRESET' });
  t.same(chunks, ['half an ans']);
});

t.test('a stream that is destroyed is reset, and a write under way is ended', async (t) => {
  const told: string[] = [];
  const carrier: Carrier = {
    write: () => {},
    takeNow: () => 0,
    awaitRoom: () => false,
    end: () => {},
    consumed: () => {},
    holds: () => {},
    release: (isBroken) => told.push(isBroken ? 'reset' : 'over'),
  };
  const stream = new PortStream(carrier, new SteppedClock(), FIN_TIMINGS);
  const written = new Promise((resolve) => stream.write('x', resolve));
  stream.on('error', () => {});
  stream.destroy();
  t.ok(await written);
  t.same(told, ['reset']);
});

t.test('bytes are taken ahead of the queue while that is empty, and the pod has not ended', async (t) => {
  const { stream, told } = start();
  t.equal(stream.takeNow(Buffer.from('ab')), 2);
  stream.cork();
  stream.write('queued');
  t.equal(stream.takeNow(Buffer.from('cd')), 0);
  stream.uncork();
  await tick();
  stream.ended();
  t.equal(stream.takeNow(Buffer.from('ef')), 0);
  t.same(told.slice(0, 2), ['takes ab', 'write queued']);
  stream.destroy();
});
