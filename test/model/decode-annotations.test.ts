import t from 'tap';
import { decodeAnnotations } from '../../src/model/decode-annotations.ts';
import { createProblemList } from '../../src/model/decode-reader.ts';
import type { ServiceAnnotations } from '../../src/model/service.ts';

const CASES: readonly (readonly [name: string, value: unknown, found: ServiceAnnotations | 'out of bounds'])[] = [
  ['algorithm', 'leastconn', { algorithm: 'leastconn' }],
  ['algorithm', 'fastest', 'out of bounds'],
  ['connect-timeout', '10ms', { connectTimeoutMs: 10 }],
  ['connect-timeout', '1m', { connectTimeoutMs: 60_000 }],
  ['connect-timeout', '1.5s', { connectTimeoutMs: 1500 }],
  ['connect-timeout', '9ms', 'out of bounds'],
  ['connect-timeout', '60001ms', 'out of bounds'],
  ['connect-timeout', '5', 'out of bounds'],
  ['connect-timeout', '', 'out of bounds'],
  ['connect-timeout', `${'0'.repeat(40)}1s`, 'out of bounds'],
  ['connect-timeout', 5, 'out of bounds'],
  ['proxy-protocol', 'off', { proxyProtocol: 'off' }],
  ['proxy-protocol', 'v1', { proxyProtocol: 'v1' }],
  ['proxy-protocol', 'v2', { proxyProtocol: 'v2' }],
  ['proxy-protocol', 'V2', 'out of bounds'],
  ['udp-balance', 'session', { udpBalance: 'session' }],
  ['udp-balance', 'datagram', { udpBalance: 'datagram' }],
  ['udp-balance', 'packet', 'out of bounds'],
  ['unknown', 'anything', {}],
];

for (const [name, value, expected] of CASES) {
  t.test(`${name}: ${JSON.stringify(value).slice(0, 40)}`, async (t) => {
    const list = createProblemList();
    const found = decodeAnnotations({ [`svclane.dev/${name}`]: value }, list);
    if (expected !== 'out of bounds') {
      t.same(found, expected);
      t.same(list.problems, []);
      return;
    }
    t.same(found, {});
    const path = `metadata.annotations["svclane.dev/${name}"]`;
    t.match(list.problems, [{ code: 'ANNOTATION_INVALID', path, message: /^must be/ }]);
  });
}

t.test('each counts by itself', async (t) => {
  const list = createProblemList();
  const annotations = { 'svclane.dev/udp-balance': 'datagram', 'svclane.dev/algorithm': 'x', other: 1 };
  t.same(decodeAnnotations(annotations, list), { udpBalance: 'datagram' });
  t.equal(list.problems.length, 1);
});
