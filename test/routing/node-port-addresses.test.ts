import t from 'tap';
import {
  containsIPv4Loopback,
  selectNodePortIPs,
  selectNodePorts,
  serviceHealthAddresses,
} from '../../src/routing/node-port-addresses.ts';

const INTERFACES = ['192.168.0.2', '127.0.0.1', '10.0.0.1', 'fd00::2', '::1'];
const NODE = ['192.168.0.2', '203.0.113.1'];
const V4 = ['192.168.0.2', '127.0.0.1', '10.0.0.1'];
const V6 = ['fd00::2', '::1'];

const CASES: readonly (readonly [
  configured: readonly string[],
  v4: readonly string[],
  v6: readonly string[],
  health: readonly string[],
])[] = [
  [[], V4, V6, ['0.0.0.0', '::']],
  [['192.168.0.0/24'], ['192.168.0.2'], V6, ['192.168.0.2', '::']],
  [['0.0.0.0/0', '10.0.0.0/8'], V4, V6, ['0.0.0.0', '::']],
  [['172.16.0.0/12', 'fd00::/64'], [], ['fd00::2'], ['fd00::2']],
  [['192.168.000.000/024'], ['192.168.0.2'], V6, ['192.168.0.2', '::']],
  [['primary'], ['192.168.0.2'], V6, ['192.168.0.2', 'fd00::2', '::1']],
];

for (const [configured, v4, v6, health] of CASES) {
  t.test(`nodePortAddresses ${JSON.stringify(configured)}`, async (t) => {
    const selected = selectNodePortIPs(configured, INTERFACES, NODE);
    t.same(selected, [...v4, ...v6]);
    t.same(serviceHealthAddresses(configured, selected), health);
  });
}

t.test('primary has one address of each family, and a loopback placeholder is none', async (t) => {
  t.same(selectNodePorts(['primary'], INTERFACES, ['192.168.0.2', 'fd00::2'], 'IPv6'), {
    matchAll: false,
    ips: ['fd00::2'],
  });
  t.match(selectNodePorts(['primary'], INTERFACES, ['127.0.0.1'], 'IPv4'), { matchAll: true });
});

t.test('IPv4 loopback is contained in a range within or around it, IPv6 never', async (t) => {
  t.equal(containsIPv4Loopback([], NODE, 'IPv4'), true);
  t.equal(containsIPv4Loopback(['127.0.2.0/28'], NODE, 'IPv4'), true);
  t.equal(containsIPv4Loopback(['64.0.0.0/2'], NODE, 'IPv4'), true);
  t.equal(containsIPv4Loopback(['192.168.0.0/16'], NODE, 'IPv4'), false);
  t.equal(containsIPv4Loopback(['primary'], NODE, 'IPv4'), false);
  t.equal(containsIPv4Loopback([], NODE, 'IPv6'), false);
});
