import fc from 'fast-check';
import t from 'tap';
import { rangesBetween, sameAddresses } from '../../src/audit/address-ranges.ts';
import { type Cidr, cidrContains, parseCidr } from '../../src/model/address.ts';
import { holds } from '../fixtures/property.ts';

const ranges = (...texts: string[]): Cidr[] => texts.map(parseCidr).filter((range) => range !== undefined);

const CASES: readonly (readonly [a: string[], b: string[], same: boolean])[] = [
  [[], [], true],
  [['10.0.0.0/8'], ['10.0.0.0/9', '10.128.0.0/9'], true],
  [['10.0.0.0/8', '10.1.0.0/16'], ['10.0.0.0/8'], true],
  [['10.0.0.0/24', '10.0.1.0/24'], ['10.0.1.0/24', '10.0.0.0/24'], true],
  [['10.0.0.0/24'], ['10.0.0.0/25'], false],
  [['10.0.0.0/24'], [], false],
  [['fd00::/64'], ['fd00::/65', 'fd00:0:0:0:8000::/65'], true],
  [['fd00::/64'], ['fd00:0:0:1::/64'], false],
];

for (const [a, b, same] of CASES) {
  t.test(`[${a}] and [${b}] are ${same ? 'the same' : 'different'} addresses`, async (t) => {
    t.equal(sameAddresses(ranges(...a), ranges(...b)), same);
    t.equal(sameAddresses(ranges(...b), ranges(...a)), same);
  });
}

t.test('the ranges between two addresses are the fewest', async (t) => {
  const texts = (first: string, last: string) => rangesBetween(first, last)?.map(({ text }) => text);
  t.same(texts('10.0.0.0', '10.0.0.255'), ['10.0.0.0/24']);
  t.same(texts('10.0.0.1', '10.0.0.4'), ['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/32']);
  t.same(texts('0.0.0.0', '255.255.255.255'), ['0.0.0.0/0']);
  t.same(texts('fd00::', 'fd00::1:ffff'), ['fd00::/111']);
  t.same(texts('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), ['::/0']);
  t.equal(texts('10.0.0.2', '10.0.0.1'), undefined);
  t.equal(texts('10.0.0.1', 'fd00::1'), undefined);
});

t.test('the ranges between two addresses have these and all between, and no other', async (t) => {
  const address = fc.integer({ min: 0, max: 0xffff }).map((n) => ({ n, text: `10.0.${n >> 8}.${n & 0xff}` }));
  const property = fc.property(address, address, address, (a, b, probe) => {
    const [first, last] = a.n <= b.n ? [a, b] : [b, a];
    const found = rangesBetween(first.text, last.text) ?? [];
    return found.some((range) => cidrContains(range, probe.text)) === (first.n <= probe.n && probe.n <= last.n);
  });
  holds(t, property);
});
