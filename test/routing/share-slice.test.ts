import t from 'tap';
import { deepEqual } from '../../src/lib/deep-equal.ts';
import { shareSlice } from '../../src/routing/share-slice.ts';
import { CONDITIONS, rawEndpoint, rawSlice, sliceOf } from '../fixtures/routing.ts';

function slice(hosts: readonly number[], notReady = 0) {
  const endpoints = hosts.map((host) => {
    const conditions = host === notReady ? CONDITIONS.notReady : CONDITIONS.ready;
    return rawEndpoint(`10.0.0.${host}`, { conditions, hints: { forZones: [{ name: 'z' }] } });
  });
  return sliceOf(rawSlice('a', endpoints));
}

t.test('what did not change is the object that was there, and the content is that of the new slice', async (t) => {
  const known = slice([1, 2, 3]);
  const next = slice([1, 2, 3], 2);
  const shared = shareSlice(known, next);
  t.ok(deepEqual(shared, next));
  t.equal(shared.ports, known.ports);
  t.equal(shared.endpoints[0], known.endpoints[0]);
  t.not(shared.endpoints[1], known.endpoints[1]);
  t.equal(shared.endpoints[1]?.hintZones, known.endpoints[1]?.hintZones);
  t.equal(shared.endpoints[2], known.endpoints[2]);
});

t.test(
  'endpoints are shared by address where their places moved, as far as the place is no part of them',
  async (t) => {
    const known = slice([1, 2, 3]);
    const next = slice([3, 2]);
    const shared = shareSlice(known, next);
    t.ok(deepEqual(shared, next));
    t.equal(shared.endpoints[1], known.endpoints[1]);
    t.equal(shared.endpoints[0]?.hintZones, known.endpoints[2]?.hintZones);
  },
);

t.test('a re-delivery is the slice that was there', async (t) => {
  const known = slice([1, 2]);
  t.equal(shareSlice(known, { ...slice([1, 2]), resourceVersion: '9', triggerTimeMs: 5 }), known);
  t.not(shareSlice(known, { ...slice([1, 2]), headlessLabel: true }), known);
  t.not(shareSlice(known, slice([1])), known);
  t.not(shareSlice(known, slice([1, 2, 3])), known);
});
