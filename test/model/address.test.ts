import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import {
  cidrContains,
  familyOf,
  formatHostPort,
  isLoopback,
  parseAddress,
  parseCidr,
} from '../../src/model/address.ts';
import { holds } from '../fixtures/property.ts';

const ADDRESSES: readonly (readonly [text: string, canonical: string | undefined])[] = [
  ['10.0.0.1', '10.0.0.1'],
  [' 10.0.0.1 ', '10.0.0.1'],
  ['172.30.0.041', '172.30.0.41'],
  ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::', '::'],
  ['1::', '1::'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:0a00:0001', '10.0.0.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['10.0.0.-1', undefined],
  ['10.0.0.1.2', undefined],
  ['0x0a.0.0.1', undefined],
  [':::', undefined],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1:2:3:4:5:6:7:8::', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['12345::', undefined],
  ['', undefined],
  ['host.example', undefined],
];

for (const [text, canonical] of ADDRESSES) {
  t.test(`"${text}" is ${canonical ?? 'no address'}`, async (t) => {
    t.equal(parseAddress(text), canonical);
  });
}

t.test('an IPv6 address has the form of RFC 5952, and parsing it again gives the same', async (t) => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  holds(
    t,
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const text = groups.map((value) => value.toString(16).padStart(4, '0')).join(':');
      const parsed = parseAddress(text);
      if (parsed === undefined || parsed.includes('.')) return parsed !== undefined;
      return `[${parsed}]` === new URL(`http://[${text}]/`).hostname && parseAddress(parsed) === parsed;
    }),
    1_000,
  );
});

t.test('a text is an IPv6 address where Node holds it for one', async (t) => {
  const part = fc.constantFrom('', '0', '1', 'ab', 'FFFF', '12345', 'g', ':');
  holds(
    t,
    fc.property(fc.array(part, { minLength: 2, maxLength: 11 }), (parts) => {
      const text = parts.join(':');
      return (parseAddress(text) !== undefined) === isIPv6(text);
    }),
    5_000,
  );
});

const RANGES: readonly (readonly [text: string, canonical: string | undefined, inside?: string, outside?: string])[] = [
  ['10.1.2.3/8', '10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
  ['203.0.113.000/025', '203.0.113.0/25', '203.0.113.127', '203.0.113.128'],
  ['192.0.2.1/32', '192.0.2.1/32', '192.0.2.1', '192.0.2.2'],
  ['0.0.0.0/0', '0.0.0.0/0', '255.1.2.3', 'fd00::1'],
  ['2001:db8::1/33', '2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
  ['::/0', '::/0', 'fd00::1', '10.0.0.1'],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0', undefined],
  ['10.0.0.0/', undefined],
  ['10.0.0.0/-1', undefined],
  ['fd00::/129', undefined],
];

for (const [text, canonical, inside, outside] of RANGES) {
  t.test(`"${text}" is ${canonical ?? 'no range'}`, async (t) => {
    const range = parseCidr(text);
    t.equal(range?.text, canonical);
    if (!range || inside === undefined || outside === undefined) return;
    t.ok(cidrContains(range, inside), `${inside} is inside`);
    t.notOk(cidrContains(range, outside), `${outside} is outside`);
  });
}

t.test('families, host and port, loopback', async (t) => {
  t.equal(familyOf('10.0.0.1'), 'IPv4');
  t.equal(familyOf('::1'), 'IPv6');
  t.equal(formatHostPort('10.0.0.1', 80), '10.0.0.1:80');
  t.equal(formatHostPort('fd00::1', 80), '[fd00::1]:80');
  t.ok(isLoopback('127.0.0.53') && isLoopback('::1'));
  t.notOk(isLoopback('10.0.0.1') || isLoopback('::'));
});
