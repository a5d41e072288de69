import t from 'tap';
import { Quarantine } from '../../src/balancing/quarantine.ts';
import { endpointOf, servicePortOf } from '../fixtures/balancing.ts';

const [A, B] = ['10.0.0.1:80', '10.0.0.2:80'] as const;
const both = servicePortOf([endpointOf(A), endpointOf(B)]);

t.test('an endpoint is in quarantine until it is taken out', async (t) => {
  const quarantine = new Quarantine();
  t.equal(quarantine.of(both.key), undefined);
  quarantine.add(both.key, A);
  const first = quarantine.of(both.key);
  quarantine.add(both.key, B);
  t.same(first, new Set([A]), 'a set that was given out does not change');
  t.same([...quarantine], [[both.key, new Set([A, B])]]);
  t.equal(quarantine.remove(both.key, A), true);
  t.equal(quarantine.remove(both.key, A), false);
  t.equal(quarantine.remove('another', A), false);
  quarantine.remove(both.key, B);
  t.equal(quarantine.of(both.key), undefined);
});

t.test('it stays over later tables, whatever the conditions, and ends with the endpoint', async (t) => {
  const quarantine = new Quarantine();
  quarantine.sync([{ before: undefined, after: both }]);
  quarantine.add(both.key, A);
  const other = servicePortOf([endpointOf(A)], { key: 'other' });
  quarantine.sync([{ before: other, after: undefined }]);
  const unready = servicePortOf([endpointOf(A, { ready: false }), endpointOf(B)]);
  quarantine.sync([{ before: both, after: unready }]);
  t.same(quarantine.of(both.key), new Set([A]));
  const without = servicePortOf([endpointOf(B)]);
  quarantine.sync([{ before: unready, after: without }]);
  quarantine.sync([{ before: without, after: both }]);
  t.equal(quarantine.of(both.key), undefined);
  quarantine.add(both.key, B);
  quarantine.sync([{ before: both, after: undefined }]);
  t.equal(quarantine.of(both.key), undefined);
});
