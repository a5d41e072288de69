import t from 'tap';
import { LeastConnections, SLOW_START_MS } from '../../src/balancing/least-connections.ts';
import { Rotation } from '../../src/balancing/round-robin.ts';
import { endpointOf } from '../fixtures/balancing.ts';

/** A rotation over `names` with its loads: `open` takes and opens a flow. */
function loaded(...names: string[]) {
  const rotation = new Rotation(() => 0);
  const flows = new LeastConnections();
  const follow = (...keys: string[]) => rotation.follow(keys.map((key) => endpointOf(key)));
  const open = (nowMs = 0, tried?: ReadonlySet<string>) => {
    const key = flows.take(rotation, tried, nowMs)?.key ?? '';
    if (key) flows.opened(key);
    return key;
  };
  follow(...names);
  return { flows, follow, open };
}

t.test('ties are broken by round robin, and the least loaded is next', (t) => {
  const { flows, open } = loaded('a', 'b', 'c');
  t.same([open(), open(), open(), open()], ['a', 'b', 'c', 'a']);
  flows.ended('b');
  flows.ended('b');
  t.equal(open(), 'b');
  t.same([open(), open()].toSorted(), ['b', 'c']);
  t.end();
});

t.test('endpoints that were tried are left out', (t) => {
  const { open } = loaded('a', 'b');
  t.equal(open(0, new Set(['a'])), 'b');
  t.equal(open(0, new Set(['a', 'b'])), '');
  t.end();
});

t.test('a new endpoint gets its fair share at once, more as its handicap shrinks, and catches up', (t) => {
  const { follow, open } = loaded('a', 'b');
  for (let flow = 0; flow < 200; flow++) open();
  follow('a', 'b', 'new');
  const first = Array.from({ length: 30 }, () => open()).filter((key) => key === 'new').length;
  t.equal(first, 10, 'a third, not all');
  const half = Array.from({ length: 30 }, () => open(SLOW_START_MS / 2)).filter((key) => key === 'new').length;
  t.equal(half, 30, 'behind by half of the mean, it catches up');
  const later = Array.from({ length: 120 }, () => open(SLOW_START_MS)).filter((key) => key === 'new').length;
  t.ok(later > 60, `${later} of 120 once only open flows count`);
  t.end();
});

t.test('an endpoint that comes back idle starts slowly too', (t) => {
  const { flows, follow, open } = loaded('a', 'b', 'c');
  for (let flow = 0; flow < 30; flow++) open();
  follow('a', 'b');
  t.not(open(1), 'c');
  for (let flow = 0; flow < 10; flow++) flows.ended('c');
  follow('a', 'b', 'c');
  const share = Array.from({ length: 9 }, () => open(2)).filter((key) => key === 'c').length;
  t.ok(share >= 2 && share <= 4, `${share} of 9`);
  t.end();
});

t.test('the first set has no handicap', (t) => {
  const { open } = loaded('a', 'b');
  t.same([open(), open()], ['a', 'b']);
  t.end();
});

t.test('the flows of an endpoint that left count until they end, and never below zero', (t) => {
  const flows = new LeastConnections();
  flows.opened('a');
  flows.opened('a');
  flows.retain(new Set(['b']));
  t.equal(flows.open, 2);
  flows.ended('a');
  flows.ended('a');
  flows.ended('a');
  flows.ended('unknown');
  t.equal(flows.open, 0);
  t.end();
});
