import t from 'tap';
import { OwnPorts, ownPortRange } from '../../src/host/own-ports.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Protocol } from '../../src/model/address.ts';

const RANGE = { first: 61000, last: 61003 };
const TEN_MINUTES = 600_000;

t.test('own ports lie above the ephemeral ports, where there is room', async (t) => {
  for (const [localPortRange, first] of [
    ['32768\t60999\n', 61000],
    ['32768 61999', 62000],
    ['10000 40000', 61000],
    ['1024 65535', 61000],
    ['', 61000],
  ] as const) {
    t.same(ownPortRange(localPortRange), { first, last: 65535 }, JSON.stringify(localPortRange));
  }
});

t.test('each frontend has a binding of its own, and keeps it', async (t) => {
  const { ports } = setUp();
  t.same(ports.take(web), { address: '169.254.77.1', port: 61000 });
  t.same(ports.take(api), { address: '169.254.77.1', port: 61001 });
  t.same(ports.take(web), { address: '169.254.77.1', port: 61000 });
  t.same(ports.bindingOf(api), { address: '169.254.77.1', port: 61001 });
  t.equal(ports.bindingOf(tcp('other')), undefined);
});

t.test('protocols and families do not share ports', async (t) => {
  const { ports } = setUp();
  ports.take(web);
  t.same(ports.take(udp('dns')), { address: '169.254.77.1', port: 61000 });
  t.same(ports.take({ key: 'six', protocol: 'TCP', family: 'IPv6' }), {
    address: 'fd53:766c:616e:6500::1',
    port: 61000,
  });
});

t.test('a frontend that comes back gets what it had', async (t) => {
  const { ports } = setUp();
  const had = ports.take(web);
  ports.take(api);
  ports.release(web);
  t.equal(ports.bindingOf(web), undefined);
  t.same(ports.take(web), had);
});

t.test('a port rests for ten minutes before another frontend gets it', async (t) => {
  const { ports, pass } = setUp();
  for (const key of ['a', 'b', 'c', 'd']) ports.take(tcp(key));
  ports.release(tcp('b'));
  pass(TEN_MINUTES - 1);
  ports.release(tcp('a'));
  t.same(ports.take(tcp('e')), { address: '169.254.77.2', port: 61000 }, 'till then a further own address');
  pass(1);
  t.same(ports.take(tcp('f')), { address: '169.254.77.1', port: 61001 }, 'the one that rested longest');
  t.same(ports.take(tcp('g')), { address: '169.254.77.2', port: 61001 }, 'the other one still rests');
});

t.test('a port that somebody else holds is left for another', async (t) => {
  const { ports } = setUp();
  ports.take(web);
  t.same(ports.move(web), { address: '169.254.77.1', port: 61001 });
  t.same(ports.take(api), { address: '169.254.77.1', port: 61002 });
});

t.test("a predecessor's bindings are given again, to the same frontends", async (t) => {
  const { ports } = setUp();
  ports.remember(web, { address: '169.254.77.2', port: 61002 });
  ports.remember(api, { address: '169.254.77.1', port: 61000 });
  t.equal(ports.bindingOf(web), undefined, 'it is not in use yet');
  t.same(ports.take(tcp('new')), { address: '169.254.77.1', port: 61001 });
  t.same(ports.take(web), { address: '169.254.77.2', port: 61002 });
  t.same(ports.take(api), { address: '169.254.77.1', port: 61000 });
});

t.test('bindings that are none of ours are not remembered', async (t) => {
  const { ports } = setUp();
  for (const binding of [
    { address: '10.0.0.1', port: 61000 },
    { address: '169.254.77.1', port: 60999 },
    { address: '169.254.77.1', port: 61004 },
    { address: '169.254.77.255', port: 61000 },
  ]) {
    ports.remember(web, binding);
  }
  t.same(ports.take(web), { address: '169.254.77.1', port: 61000 });
  ports.remember(api, { address: '169.254.77.1', port: 61000 });
  t.same(ports.take(api), { address: '169.254.77.1', port: 61001 }, 'nor one that is taken');
});

t.test('the addresses that are needed follow the slots, with some to spare', async (t) => {
  const { ports } = setUp();
  t.equal(ports.addressesNeeded('IPv4', 2), 1);
  for (const key of ['a', 'b']) ports.take(tcp(key));
  t.equal(ports.addressesNeeded('IPv4', 2), 1);
  ports.take(tcp('c'));
  t.equal(ports.addressesNeeded('IPv4', 2), 2);
  t.equal(ports.addressesNeeded('IPv6', 2), 1);
  ports.remember(udp('far'), { address: '169.254.77.9', port: 61000 });
  t.equal(ports.addressesNeeded('IPv4', 2), 9);
});

t.test('without a port left a frontend is refused, with what would help', async (t) => {
  const { ports } = setUp();
  for (let i = 0; i < 4 * 254; i++) ports.take(tcp(String(i)));
  t.throws(() => ports.take(web), { code: 'SVL_CAPTURE', hint: /ip_local_port_range/ });
});

function tcp(key: string): { key: string; protocol: Protocol; family: 'IPv4' } {
  return { key, protocol: 'TCP', family: 'IPv4' };
}

function udp(key: string): { key: string; protocol: Protocol; family: 'IPv4' } {
  return { key, protocol: 'UDP', family: 'IPv4' };
}

const web = tcp('web');
const api = tcp('api');

function setUp(): { readonly ports: OwnPorts; readonly pass: (ms: number) => void } {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, setTimer: () => ({ cancel: () => {} }) };
  return {
    ports: new OwnPorts(RANGE, clock),
    pass: (ms) => {
      now += ms;
    },
  };
}
