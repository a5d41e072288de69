import t from 'tap';
import { parseCidr } from '../../src/model/address.ts';
import { classifyClient, clientClassAt } from '../../src/routing/client-class.ts';
import { nodeContext } from '../fixtures/routing.ts';

const podCIDRs = ['10.244.0.0/16', 'fd00:10::/64'].map(parseCidr).filter((cidr) => cidr !== undefined);
const node = nodeContext({ nodeIPs: ['192.168.0.2', '10.244.1.1', 'fd00::2'], podCIDRs });

const CASES: readonly (readonly [address: string, expected: string])[] = [
  ['192.168.0.2', 'node'],
  ['127.0.0.53', 'node'],
  ['::1', 'node'],
  ['fd00::2', 'node'],
  ['10.244.1.1', 'node'],
  ['10.244.1.7', 'pod'],
  ['fd00:10::7', 'pod'],
  ['203.0.113.2', 'external'],
  ['2001:db8::1', 'external'],
];

for (const [address, expected] of CASES) {
  t.test(`a client at ${address} is of class ${expected}`, async (t) => {
    t.equal(classifyClient(address, node), expected);
  });
}

t.test('without pod ranges a pod counts as external', async (t) => {
  t.equal(classifyClient('10.244.1.7', { ...node, podCIDRs: [] }), 'external');
});

t.test('who comes from the very address that it asks is the node, on which that address is local', async (t) => {
  const vip = {
    key: 'k',
    kind: 'loadBalancerIP',
    address: '198.51.100.4',
    port: 80,
    protocol: 'TCP',
    family: 'IPv4',
  } as const;
  t.equal(clientClassAt(vip, '198.51.100.4', 'external'), 'node');
  t.equal(clientClassAt(vip, '198.51.100.5', 'external'), 'external');
  t.equal(clientClassAt(vip, undefined, 'pod'), 'pod');
});
