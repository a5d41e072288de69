import t from 'tap';
import type { ResourceStatus } from '../../../src/model/source.ts';
import { mergeStatuses } from '../../../src/source/kubernetes/resource-health.ts';

const good: ResourceStatus = {
  kind: 'Service',
  state: 'synced',
  resourceVersion: '10',
  lastContactMs: 100,
  objects: 2,
  relists: 1,
  restarts: 3,
  error: undefined,
};

t.test('the status of one scope is that of the kind', async (t) => {
  t.same(mergeStatuses([good]), good);
});

t.test('several scopes show the worst state, the oldest contact with its version, and sums', async (t) => {
  const error = { code: 'SVL_API_FORBIDDEN', message: 'no' };
  const stale: ResourceStatus = { ...good, state: 'stale', resourceVersion: '7', lastContactMs: 50, error };
  t.same(mergeStatuses([good, stale]), {
    ...stale,
    objects: 4,
    relists: 2,
    restarts: 6,
  });
  const listing: ResourceStatus = { ...good, state: 'listing', resourceVersion: '', lastContactMs: undefined };
  t.match(mergeStatuses([stale, listing, good]), { state: 'listing', lastContactMs: undefined, error });
});
