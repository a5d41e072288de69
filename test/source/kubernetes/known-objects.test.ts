import t from 'tap';
import { decodeObject } from '../../../src/model/decode-object.ts';
import { type Decode, KnownObjects } from '../../../src/source/kubernetes/known-objects.ts';
import { fakeService } from '../../fixtures/kubernetes-objects.ts';
import { RecordingSink } from '../../fixtures/kubernetes-sink.ts';

function service(name: string, resourceVersion: string): unknown {
  const object = fakeService('shop', name);
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function create(decode: Decode = decodeObject): { sink: RecordingSink; known: KnownObjects } {
  const sink = new RecordingSink();
  return { sink, known: new KnownObjects('Service', sink, decode) };
}

t.test('a list tells what differs from what is known, what is gone first', async (t) => {
  const { sink, known } = create();
  for (const name of ['same', 'changed', 'gone']) known.apply(service(name, '1'));
  sink.take();
  const snapshot = known.snapshot();
  snapshot.add(service('new', '5'));
  snapshot.add(service('same', '1'));
  snapshot.add(service('changed', '4'));
  snapshot.add(service('brief', '4'));
  snapshot.delete(service('brief', '5'));
  t.same(sink.calls, [], 'nothing before it is complete');
  known.replace(snapshot);
  t.same(sink.calls, ['delete Service shop/gone', 'apply Service shop/new', 'apply Service shop/changed']);
  t.equal(known.size, 3);
});

t.test('an object is decoded once for each version', async (t) => {
  let decoded = 0;
  const { known } = create((raw, kind) => {
    decoded++;
    return decodeObject(raw, kind);
  });
  known.apply(service('web', '1'));
  known.apply(service('web', '1'));
  known.apply(service('web', '2'));
  known.snapshot().add(service('web', '2'));
  t.equal(decoded, 2);
});

t.test('an object without a version is always told', async (t) => {
  const { sink, known } = create();
  known.apply(service('web', ''));
  known.apply(service('web', ''));
  t.equal(sink.calls.length, 2);
});

t.test('what is no object is reported, and never known', async (t) => {
  for (const raw of [undefined, null, 7, 'text', [], {}, { metadata: null }, { metadata: { name: 7 } }]) {
    const { sink, known } = create();
    known.apply(raw);
    known.delete(raw);
    const snapshot = known.snapshot();
    snapshot.add(raw);
    known.replace(snapshot);
    t.equal(known.size, 0);
    t.ok(sink.rejections.every(({ kind, skipped }) => kind === 'Service' && skipped));
    t.equal(sink.rejections.length, 2, JSON.stringify(raw));
  }
});

t.test('a decoder or a sink that throws costs one object', async (t) => {
  const { sink, known } = create((raw, kind) => {
    if (JSON.stringify(raw).includes('bad')) throw new Error('no');
    return decodeObject(raw, kind);
  });
  known.apply(service('bad', '1'));
  known.apply(service('web', '1'));
  t.same(sink.calls, ['rejected Service shop/bad', 'apply Service shop/web']);
  sink.rejected = () => {
    throw new Error('not that either');
  };
  t.doesNotThrow(() => known.apply(service('bad', '2')));
});

t.test('the deletion of what is unknown is not told', async (t) => {
  const { sink, known } = create();
  known.delete(service('web', '1'));
  t.same(sink.calls, []);
});
