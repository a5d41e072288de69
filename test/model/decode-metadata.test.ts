import t from 'tap';
import { decodeMetadata, identityOf } from '../../src/model/decode-metadata.ts';
import { createProblemList } from '../../src/model/decode-reader.ts';

t.test('names are taken as they are, within the bounds of the API', async (t) => {
  const list = createProblemList();
  t.match(decodeMetadata({ metadata: { namespace: 'shop', name: 'web', uid: 'u' } }, true, list), {
    namespace: 'shop',
    name: 'web',
    uid: 'u',
    resourceVersion: '',
    deleting: false,
    labels: {},
  });
  t.same(list.problems, []);
  t.match(decodeMetadata({ metadata: { name: 'node' } }, false, list), { namespace: '', name: 'node' });
  t.equal(decodeMetadata({ metadata: { namespace: 'shop', name: 'x'.repeat(254) } }, true, list), undefined);
  t.equal(decodeMetadata({}, false, list), undefined);
});

t.test('an inherited field is none', async (t) => {
  const raw = Object.create({ metadata: { name: 'ghost' } });
  t.equal(decodeMetadata(raw, false, createProblemList()), undefined);
});

t.test('identity is told as far as it is known, and never throws', async (t) => {
  t.same(identityOf({ kind: 'Service', metadata: { namespace: 'a', name: 'b' } }), {
    kind: 'Service',
    namespace: 'a',
    name: 'b',
  });
  for (const raw of [undefined, null, 5, [], { kind: 5, metadata: [] }, { metadata: { name: {} } }]) {
    t.same(identityOf(raw), { kind: '', namespace: '', name: '' });
  }
});
