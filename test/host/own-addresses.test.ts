import t from 'tap';
import { MAX_OWN_ADDRESSES, OWN_RANGES, ownAddress, ownAddressNumber } from '../../src/host/own-addresses.ts';
import { cidrContains, IP_FAMILIES, parseAddress, parseCidr } from '../../src/model/address.ts';

t.test('own addresses are canonical, lie in their range, and tell their number', async (t) => {
  for (const family of IP_FAMILIES) {
    const range = parseCidr(OWN_RANGES[family]);
    for (const n of [1, 9, 10, 16, MAX_OWN_ADDRESSES]) {
      const address = ownAddress(family, n);
      t.equal(parseAddress(address), address);
      t.ok(range && cidrContains(range, address), address);
      t.equal(ownAddressNumber(address), n);
    }
  }
});

t.test('other addresses have no number', async (t) => {
  for (const address of ['169.254.78.1', '10.169.254.77', 'fd53:766c:616e:6500:1::1', '::1']) {
    t.equal(ownAddressNumber(address), 0, address);
  }
});
