import t from 'tap';
import { createSliceIndex, type SliceIndexOptions } from '../../src/routing/slice-index.ts';
import { rawEndpoint, rawSlice, rawSliceOf, sliceOf } from '../fixtures/routing.ts';

const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';

function rig(over: Partial<SliceIndexOptions> = {}) {
  const touched: string[] = [];
  const index = createSliceIndex({
    serviceProxyName: '',
    startedAtMs: Date.parse('2024-01-01T00:00:00Z'),
    keepHeadless: false,
    touched: (key) => touched.push(key),
    ...over,
  });
  return { index, touched };
}

function slice(name: string, addresses: readonly string[], labels: Record<string, string> = {}, time?: string) {
  const metadata = {
    namespace: 'shop',
    name,
    labels: { 'kubernetes.io/service-name': 'web', ...labels },
    annotations: time === undefined ? {} : { [TRIGGER]: time },
  };
  return sliceOf(
    rawSlice(
      name,
      addresses.map((address) => rawEndpoint(address)),
      { metadata },
    ),
  );
}

t.test('the slices of a Service are sorted by name, and replaced by name', async (t) => {
  const { index, touched } = rig();
  t.equal(index.apply(slice('b', ['10.0.0.1'])), true);
  t.equal(index.apply(slice('a', ['10.0.0.2'])), true);
  t.equal(index.apply(slice('b', ['10.0.0.3'])), true);
  const slices = index.byService.get('shop/web') ?? [];
  t.same(
    slices.map(({ name, endpoints }) => [name, endpoints[0]?.address]),
    [
      ['a', '10.0.0.2'],
      ['b', '10.0.0.3'],
    ],
  );
  t.same(touched, ['shop/web', 'shop/web', 'shop/web']);
});

t.test('the same slice again, or with another version or trigger time only, changes nothing', async (t) => {
  const { index, touched } = rig();
  index.apply(slice('a', ['10.0.0.1'], {}, '2024-01-02T00:00:00Z'));
  t.equal(index.apply({ ...slice('a', ['10.0.0.1'], {}, '2024-01-03T00:00:00Z'), resourceVersion: '7' }), false);
  t.equal(touched.length, 1);
  t.same([...index.takeChanges().triggerTimes], [['shop/web', [Date.parse('2024-01-02T00:00:00Z')]]]);
});

const NOT_ROUTED: readonly (readonly [name: string, labels: Record<string, string>])[] = [
  ['without an owner', { 'kubernetes.io/service-name': '' }],
  ['of another proxy', { 'service.kubernetes.io/service-proxy-name': '' }],
  ['of a headless Service', { 'service.kubernetes.io/headless': '' }],
];

for (const [name, labels] of NOT_ROUTED) {
  t.test(`a slice ${name} is ignored, and one that becomes so counts as deleted`, async (t) => {
    const { index } = rig();
    t.equal(index.apply(slice('a', ['10.0.0.1'], labels)), false);
    t.equal(index.byService.size, 0);
    index.apply(slice('a', ['10.0.0.1']));
    t.equal(index.apply(slice('a', ['10.0.0.1'], labels)), true);
    t.equal(index.byService.size, 0);
  });
}

t.test('with a proxy name of its own, only slices with that name count', async (t) => {
  const { index } = rig({ serviceProxyName: 'mine' });
  t.equal(index.apply(slice('a', ['10.0.0.1'])), false);
  t.equal(index.apply(slice('a', ['10.0.0.1'], { 'service.kubernetes.io/service-proxy-name': 'mine' })), true);
});

t.test('slices of headless Services are kept where lanes want them', async (t) => {
  const { index } = rig({ keepHeadless: true });
  t.equal(index.apply(slice('a', ['10.0.0.1'], { 'service.kubernetes.io/headless': '' })), true);
});

t.test('an FQDN slice is ignored, and leaves a slice of its name alone', async (t) => {
  const { index } = rig();
  index.apply(slice('a', ['10.0.0.1']));
  t.equal(index.apply({ ...slice('a', []), addressType: 'FQDN' }), false);
  t.equal(index.byService.get('shop/web')?.length, 1);
});

t.test('one name may have a slice in each family; a delete takes both', async (t) => {
  const { index } = rig();
  index.apply(slice('a', ['10.0.0.1']));
  index.apply(sliceOf(rawSlice('a', [rawEndpoint('fd00::1')], { addressType: 'IPv6' })));
  t.same(
    index.byService.get('shop/web')?.map(({ addressType }) => addressType),
    ['IPv4', 'IPv6'],
  );
  t.equal(index.delete('shop', 'a'), true);
  t.equal(index.delete('shop', 'a'), false);
  t.equal(index.byService.size, 0);
});

t.test('a slice that moves to another Service leaves the one it had', async (t) => {
  const { index, touched } = rig();
  index.apply(sliceOf(rawSliceOf('web', 'a', [rawEndpoint('10.0.0.1')])));
  index.apply(sliceOf(rawSliceOf('api', 'a', [rawEndpoint('10.0.0.1')])));
  t.equal(index.byService.has('shop/web'), false);
  t.equal(index.byService.get('shop/api')?.length, 1);
  t.same(touched, ['shop/web', 'shop/web', 'shop/api']);
});

t.test('trigger times: later than the start, in order, dropped with a deleted slice', async (t) => {
  const { index } = rig();
  index.apply(slice('a', ['10.0.0.1'], {}, '2024-01-01T00:00:00Z'));
  index.apply(slice('a', ['10.0.0.2'], {}, '2024-01-01T00:00:02Z'));
  index.apply(slice('b', ['10.0.0.3'], {}, '2024-01-01T00:00:01Z'));
  const at = (seconds: number): number => Date.parse('2024-01-01T00:00:00Z') + seconds * 1_000;
  t.same(index.takeChanges(), { endpointChanges: 3, triggerTimes: new Map([['shop/web', [at(2), at(1)]]]) });
  index.apply(slice('a', ['10.0.0.9'], {}, '2024-01-01T00:00:05Z'));
  index.delete('shop', 'a');
  t.same(index.takeChanges(), { endpointChanges: 2, triggerTimes: new Map() });
});
