import t from 'tap';
import { canonicalClient } from '../../src/proxy/client-address.ts';

t.test('client addresses are made canonical', async (t) => {
  for (const [given, canonical] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fd00:0:0::0001', 'fd00::1'],
    ['', ''],
  ] as const) {
    t.equal(canonicalClient(given), canonical, given);
  }
});
