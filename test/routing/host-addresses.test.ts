import fc from 'fast-check';
import t from 'tap';
import { type Cidr, parseCidr } from '../../src/model/address.ts';
import { createHostAddresses, DEFAULT_HOST_RANGE, hostRangeProblem } from '../../src/routing/host-addresses.ts';
import { holds } from '../fixtures/property.ts';

function range(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`no range: ${text}`);
  return cidr;
}

t.test('a Service has the same address after a restart, and while others come and go', async (t) => {
  const first = createHostAddresses(range(DEFAULT_HOST_RANGE));
  first.follow(['shop/web', 'shop/db']);
  const web = first.addressOf('shop/web');
  t.match(web, /^127\.77\.\d+\.\d+$/);
  first.follow(['shop/web', 'infra/dns']);
  t.equal(first.addressOf('shop/web'), web);
  t.equal(first.addressOf('shop/db'), undefined, 'it is gone');
  const second = createHostAddresses(range(DEFAULT_HOST_RANGE));
  second.follow(['shop/web']);
  t.equal(second.addressOf('shop/web'), web);
});

t.test('a Service that comes back has its address again', async (t) => {
  const addresses = createHostAddresses(range(DEFAULT_HOST_RANGE));
  addresses.follow(['shop/web']);
  const web = addresses.addressOf('shop/web');
  addresses.follow([]);
  t.equal(addresses.keyAt(web ?? ''), undefined);
  addresses.follow(['shop/web']);
  t.equal(addresses.addressOf('shop/web'), web);
  t.equal(addresses.keyAt(web ?? ''), 'shop/web');
});

t.test('a full range says who has none, and gives away the place of who went first', async (t) => {
  const addresses = createHostAddresses(range('127.77.0.0/30'));
  addresses.follow(['a/1', 'a/2', 'a/3', 'a/4']);
  t.same(addresses.unplaced, ['a/4'], '127.77.0.0 is not given');
  const first = addresses.addressOf('a/1');
  addresses.follow(['a/2', 'a/3']);
  addresses.follow(['a/2', 'a/3', 'a/4']);
  t.same(addresses.unplaced, []);
  t.equal(addresses.addressOf('a/4'), first);
  addresses.follow(['a/1', 'a/2', 'a/3', 'a/4']);
  t.same(addresses.unplaced, ['a/1']);
});

t.test('addresses differ, are of the range, and end in neither 0 nor 255', async (t) => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 300 });
  holds(
    t,
    fc.property(names, (keys) => {
      const addresses = createHostAddresses(range('127.9.0.0/22'));
      addresses.follow(keys);
      const given = keys.map((key) => addresses.addressOf(key) ?? '');
      const sound = given.every((text) => /^127\.9\.[0-3]\.\d+$/.test(text) && !/\.(0|255)$/.test(text));
      return (
        sound && new Set(given).size === keys.length && keys.every((key, i) => addresses.keyAt(given[i] ?? '') === key)
      );
    }),
  );
});

t.test('127.0.0.1 is never given', async (t) => {
  const addresses = createHostAddresses(range('127.0.0.0/30'));
  addresses.follow(['a/1', 'a/2', 'a/3']);
  t.same(['a/1', 'a/2', 'a/3'].map((key) => addresses.addressOf(key)).sort(), ['127.0.0.2', '127.0.0.3', undefined]);
});

const RANGES: readonly (readonly [range: string, problem: RegExp | undefined])[] = [
  ['127.77.0.0/16', undefined],
  ['127.0.0.0/8', undefined],
  ['10.0.0.0/8', /127/],
  ['0.0.0.0/0', /127/],
  ['126.0.0.0/7', /127/],
  ['::1/128', /127/],
  ['127.77.0.0/31', /4 addresses/],
];

for (const [text, problem] of RANGES) {
  t.test(`the range ${text} ${problem ? 'is refused' : 'is usable'}`, async (t) => {
    const found = hostRangeProblem(range(text));
    if (problem) t.match(found, problem);
    else t.equal(found, undefined);
  });
}
