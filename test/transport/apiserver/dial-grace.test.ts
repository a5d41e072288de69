import t from 'tap';
import { DialGrace, GRACE_LIMITS } from '../../../src/transport/apiserver/dial-grace.ts';
import { FakeClock } from '../../fixtures/balancing.ts';

const { known, unknown } = GRACE_LIMITS;

t.test('a port that nothing is known of gets the long grace, whatever other ports do', async (t) => {
  const { graces } = start();
  graces.answered(80);
  t.equal(graces.of(81, 1), unknown.minMs);
  t.equal(graces.of(81, 10), 10 * unknown.times);
  t.equal(graces.of(81, 1000), unknown.maxMs);
});

t.test('a port that has answered lately gets the short one', async (t) => {
  const { graces } = start();
  graces.answered(80);
  t.equal(graces.of(80, 0.5), known.minMs);
  t.equal(graces.of(80, 4), 4 * known.times);
  t.equal(graces.of(80, 1000), known.maxMs);
});

t.test('an answer is forgotten after 10 s', async (t) => {
  const { graces, clock } = start();
  graces.answered(80);
  clock.advance(9_999);
  t.equal(graces.of(80, 0), known.minMs);
  clock.advance(1);
  t.equal(graces.of(80, 0), unknown.minMs);
});

t.test('a refusal takes the short grace away at once', async (t) => {
  const { graces } = start();
  graces.answered(80);
  graces.refused(80);
  t.equal(graces.of(80, 0), unknown.minMs);
});

function start(): { graces: DialGrace; clock: FakeClock } {
  const clock = new FakeClock();
  return { graces: new DialGrace(clock, GRACE_LIMITS), clock };
}
