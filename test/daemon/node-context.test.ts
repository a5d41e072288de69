import t from 'tap';
import { createNodeContextBuilder } from '../../src/daemon/node-context.ts';
import { decodeNode } from '../../src/model/decode-node.ts';
import type { Node } from '../../src/model/node.ts';
import { configOf } from '../fixtures/config.ts';

const MACHINE = ['127.0.0.1', '172.30.0.11', '10.244.1.1'];

t.test('pods are told by clusterCIDR, else by the podCIDRs of the own Node, else not at all', async (t) => {
  const { build } = createNodeContextBuilder();
  const ranges = (body: string, node: Node | undefined): string[] =>
    build(configOf({ body: `mode: node\n${body}` }), node, MACHINE).podCIDRs.map(({ text }) => text);
  t.same(ranges('clusterCIDR: [10.244.0.0/16]', nodeOf()), ['10.244.0.0/16']);
  t.same(ranges('', nodeOf()), ['10.244.1.0/24', 'fd00:10::/64']);
  t.same(ranges('', nodeOf({ spec: {} })), []);
  t.same(ranges('', undefined), []);
});

t.test("the node's addresses are those of the machine and those of the Node", async (t) => {
  const { build } = createNodeContextBuilder();
  const node = nodeOf({ status: { addresses: [{ type: 'ExternalIP', address: '203.0.113.7' }] } });
  const { nodeIPs } = build(configOf({ body: 'mode: node' }), node, MACHINE);
  t.same(nodeIPs, ['10.244.1.1', '127.0.0.1', '172.30.0.11', '203.0.113.7']);
});

t.test('node ports are answered where nodePortAddresses says, primary being the first of the Node', async (t) => {
  const { build } = createNodeContextBuilder();
  const answered = (value: string): readonly string[] =>
    build(configOf({ body: `mode: node\nfrontends: {nodePortAddresses: ${value}}` }), nodeOf(), MACHINE).nodePortIPs;
  t.same(answered('[]'), MACHINE);
  t.same(answered('[primary]'), ['172.30.0.11']);
  t.same(answered('["127.0.0.0/8"]'), ['127.0.0.1']);
});

t.test('it is the same object until something that it is made of changes', async (t) => {
  const { build } = createNodeContextBuilder();
  const config = configOf({ body: 'mode: node' });
  const first = build(config, nodeOf(), MACHINE);
  t.equal(build(config, nodeOf({ metadata: { name: 'node-a', labels: { team: 'x' } } }), [...MACHINE]), first);
  const zoned = nodeOf({ metadata: { name: 'node-a', labels: { 'topology.kubernetes.io/zone': 'b' } } });
  const second = build(config, zoned, MACHINE);
  t.not(second, first);
  t.equal(second.zone, 'b');
  t.not(build(config, zoned, MACHINE.slice(1)), second);
});

function nodeOf(over: Readonly<Record<string, unknown>> = {}): Node {
  const { object } = decodeNode({
    metadata: { name: 'node-a' },
    spec: { podCIDRs: ['10.244.1.0/24', 'fd00:10::/64'] },
    status: { addresses: [{ type: 'InternalIP', address: '172.30.0.11' }] },
    ...over,
  });
  if (!object) throw new Error('no Node');
  return object;
}
