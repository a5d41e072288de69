import t from 'tap';
import { selectNodeIPs } from '../../src/routing/node-ips.ts';

const CASES: readonly (readonly [
  addresses: readonly string[],
  bind: string,
  primary: string,
  v4: string,
  v6: string,
])[] = [
  [[], '', 'IPv4', '127.0.0.1', '::1'],
  [['fd00::2', '10.0.0.2', '10.0.0.3'], '', 'IPv6', '10.0.0.2', 'fd00::2'],
  [['10.0.0.2'], '0.0.0.0', 'IPv4', '10.0.0.2', '::1'],
  [['10.0.0.2'], '::', 'IPv4', '10.0.0.2', '::1'],
  [['10.0.0.2'], 'fd00::9', 'IPv6', '10.0.0.2', 'fd00::9'],
  [['10.0.0.2'], 'not an address', 'IPv4', '10.0.0.2', '::1'],
];

for (const [addresses, bind, primaryFamily, IPv4, IPv6] of CASES) {
  t.test(`addresses [${addresses}] and bindAddress "${bind}"`, async (t) => {
    t.same(selectNodeIPs(addresses, bind), { primaryFamily, IPv4, IPv6 });
  });
}
