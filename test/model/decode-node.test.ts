import t from 'tap';
import { decodeNode } from '../../src/model/decode-node.ts';

t.test('a Node is decoded: internal addresses before external ones, each in order', async (t) => {
  const { object, problems } = decodeNode({
    kind: 'Node',
    metadata: { name: 'node-a', resourceVersion: '3', labels: { 'topology.kubernetes.io/zone': 'z1' } },
    spec: {
      podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
      taints: [{ key: 'ToBeDeletedByClusterAutoscaler' }, { value: 'x' }],
    },
    status: {
      addresses: [
        { type: 'ExternalIP', address: '203.0.113.1' },
        { type: 'Hostname', address: 'node-a' },
        { type: 'InternalIP', address: '192.168.000.002' },
        { type: 'InternalIP', address: 'FD00::2' },
      ],
    },
  });
  t.same(problems, []);
  t.same(object, {
    kind: 'Node',
    name: 'node-a',
    resourceVersion: '3',
    zone: 'z1',
    addresses: ['192.168.0.2', 'fd00::2', '203.0.113.1'],
    podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
    taintKeys: ['ToBeDeletedByClusterAutoscaler'],
    deleting: false,
    problems: [],
  });
});

t.test('a Node of a name alone is enough, and one without is skipped', async (t) => {
  t.match(decodeNode({ metadata: { name: 'n', deletionTimestamp: '2024-01-01T00:00:00Z' } }).object, {
    zone: '',
    addresses: [],
    podCIDRs: [],
    taintKeys: [],
    deleting: true,
  });
  t.match(decodeNode({ metadata: {} }), { object: undefined, problems: [{ path: 'metadata.name' }] });
  t.match(decodeNode(null), { object: undefined, problems: [{ code: 'OBJECT_INVALID' }] });
});

t.test('what is wrong in a Node is reported by its path', async (t) => {
  const { object, problems } = decodeNode({
    metadata: { name: 'n' },
    spec: { podCIDR: 'ten', taints: [5] },
    status: { addresses: [{ type: 'InternalIP', address: 'x' }] },
  });
  t.match(object, { addresses: [], podCIDRs: [], taintKeys: [] });
  t.same(problems.map(({ path }) => path).sort(), ['spec.podCIDR', 'spec.taints[0]', 'status.addresses[0].address']);
});

t.test('the single podCIDR counts where the list is absent', async (t) => {
  t.same(decodeNode({ metadata: { name: 'n' }, spec: { podCIDR: '10.244.1.7/24' } }).object?.podCIDRs, [
    '10.244.1.0/24',
  ]);
});
