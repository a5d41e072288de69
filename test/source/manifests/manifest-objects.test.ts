import t from 'tap';
import { manifestItems } from '../../../src/source/manifests/manifest-objects.ts';

const service = (name: string) => ({ metadata: { name, namespace: 'shop' } });

function told(value: unknown): string[] {
  return manifestItems(value).map((item) => {
    const at = item.path.join('.');
    if (item.type === 'object') return `${at} ${String(item.raw.apiVersion)} ${String(item.raw.kind)}`;
    return item.type === 'wrong' ? `${at} wrong: ${item.message}` : `${at} ignored`;
  });
}

t.test('objects are told from Lists, from other kinds and from what is wrong', (t) => {
  const cases: readonly [string, unknown, readonly string[]][] = [
    ['nothing', null, []],
    ['a Service', { apiVersion: 'v1', kind: 'Service' }, [' v1 Service']],
    ['a slice', { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, [' discovery.k8s.io/v1 EndpointSlice']],
    ['another kind', { apiVersion: 'apps/v1', kind: 'Deployment' }, [' ignored']],
    ['a Service of another group', { apiVersion: 'serving.knative.dev/v1', kind: 'Service' }, [' ignored']],
    [
      'an old version',
      { apiVersion: 'discovery.k8s.io/v1beta1', kind: 'EndpointSlice' },
      ['apiVersion wrong: expected discovery.k8s.io/v1, not discovery.k8s.io/v1beta1'],
    ],
    ['no kind', { apiVersion: 'v1' }, ['kind wrong: expected the kind of the object, such as Service']],
    [
      'no version',
      { kind: 'EndpointSlice' },
      ['apiVersion wrong: expected the version of kind EndpointSlice: discovery.k8s.io/v1'],
    ],
    ['a text', 'Service', [' wrong: expected a Kubernetes object: keys apiVersion, kind, metadata, spec']],
    ['a list', [1], [' wrong: expected a Kubernetes object: keys apiVersion, kind, metadata, spec']],
    [
      'a List',
      {
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'Node' }, 5, { apiVersion: 'v1', kind: 'Pod' }],
      },
      [
        'items.0 v1 Node',
        'items.1 wrong: expected a Kubernetes object: keys apiVersion, kind, metadata, spec',
        'items.2 ignored',
      ],
    ],
    ['a typed List', { apiVersion: 'v1', kind: 'ServiceList', items: [service('a')] }, ['items.0 v1 Service']],
    [
      'a List of slices',
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items: [service('a')] },
      ['items.0 discovery.k8s.io/v1 EndpointSlice'],
    ],
    ['a List of nothing', { apiVersion: 'v1', kind: 'List', items: null }, []],
    ['a List that is none', { apiVersion: 'v1', kind: 'List', items: 'x' }, ['items wrong: expected a list']],
    [
      'a List in a List',
      { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'List' }] },
      ['items.0 wrong: a List within a List is not read'],
    ],
  ];
  for (const [name, value, expected] of cases) t.same(told(value), expected, name);
  t.end();
});

t.test('an object without a namespace is in default, a Node is in none', (t) => {
  for (const namespace of [undefined, null, '']) {
    const [item] = manifestItems({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace } });
    t.match(item, { raw: { metadata: { name: 'a', namespace: 'default' } } });
  }
  const [node] = manifestItems({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } });
  t.match(node, { raw: { metadata: { name: 'a', namespace: undefined } } });
  t.end();
});
