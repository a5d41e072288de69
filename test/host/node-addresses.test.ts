import t from 'tap';
import { addressesOf, createNodeAddresses, type MachineAddresses } from '../../src/host/node-addresses.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';

const IF_INET6 = [
  '00000000000000000000000000000001 01 80 10 80       lo',
  'fd960000000000000000000000000099 01 80 00 a2       lo',
  'fd990000000000000000000000000001 02 40 00 a2     eth0',
  '',
].join('\n');

t.test("the node's addresses are canonical, distinct and sorted", async (t) => {
  const machine = machineWith(['192.168.1.5', '127.0.0.1', '::ffff:192.168.1.5', '10.0.0.1', '::1']);
  t.same(addressesOf(machine), ['10.0.0.1', '127.0.0.1', '192.168.1.5', '::1']);
});

t.test('link-local IPv6, own addresses and captured Service addresses are none of the node', async (t) => {
  const machine = machineWith(
    ['fe80::1', '169.254.77.1', 'fd53:766c:616e:6500::1', 'fd96::99', 'fd99::1', '169.254.20.10'],
    IF_INET6,
  );
  t.same(addressesOf(machine), ['169.254.20.10', 'fd99::1'], 'a deprecated address elsewhere than on lo stays');
});

t.test('a change is told once, with the new addresses', async (t) => {
  let machine = machineWith(['127.0.0.1']);
  const steps: Array<() => void> = [];
  let cancelled = 0;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    setTimer: (callback) => {
      steps.push(callback);
      return { cancel: () => cancelled++ };
    },
  };
  const step = (): void => steps.shift()?.();
  const told: unknown[] = [];
  const addresses = createNodeAddresses({ clock, read: () => machine, onChange: (now) => told.push(now) });
  t.same(addresses.current(), ['127.0.0.1']);
  step();
  t.same(told, []);
  machine = machineWith(['127.0.0.1', '10.0.0.1']);
  step();
  step();
  t.same(told, [['10.0.0.1', '127.0.0.1']]);
  t.same(addresses.current(), ['10.0.0.1', '127.0.0.1']);
  addresses.close();
  t.equal(cancelled, 1);
});

t.test('this machine has its loopback address', async (t) => {
  const addresses = createNodeAddresses({ clock: systemClock, onChange: () => {} });
  t.teardown(() => addresses.close());
  t.ok(addresses.current().includes('127.0.0.1'));
});

function machineWith(addresses: readonly string[], ifInet6 = ''): MachineAddresses {
  return { interfaces: { eth0: addresses.map((address) => ({ address })), gone: undefined }, ifInet6 };
}
