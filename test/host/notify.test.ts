import t from 'tap';
import { createNotifier, type Notifier, type NotifierOptions } from '../../src/host/notify.ts';
import type { Clock } from '../../src/lib/clock.ts';

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };
const WATCHDOG = { ...SOCKET, WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) };

t.test('without a notify socket nothing is sent', async (t) => {
  const { notifier, sent } = setUp({ env: { WATCHDOG_USEC: '1000' } });
  notifier.ready('3 services');
  notifier.status('4 services');
  notifier.reloading();
  notifier.extendTimeout(1000);
  notifier.stopping('bye');
  await notifier.close();
  t.same(sent, []);
});

t.test('messages go out in the order of their calls', async (t) => {
  const { notifier, sent } = setUp();
  notifier.extendTimeout(1500);
  notifier.ready('3 services\nsynced');
  notifier.reloading();
  notifier.ready('4 services');
  notifier.stopping('draining');
  await notifier.close();
  t.match(sent, [
    ['EXTEND_TIMEOUT_USEC=1500000'],
    ['READY=1', 'STATUS=3 services synced'],
    ['RELOADING=1', /^MONOTONIC_USEC=\d+$/],
    ['READY=1', 'STATUS=4 services'],
    ['STOPPING=1', 'STATUS=draining'],
  ]);
});

t.test('a process that takes over tells that it is the main one, and gives signs of life from then on', async (t) => {
  const { notifier, sent, pass } = setUp({ env: { ...SOCKET, WATCHDOG_USEC: '30000000' } });
  await notifier.takeOver('2 routes');
  t.same(sent, [[`MAINPID=${process.pid}`, 'READY=1', 'STATUS=2 routes']]);
  await pass(15_000);
  t.same(sent.at(-1), ['WATCHDOG=1']);
  await notifier.close();
});

t.test('of many status lines within a second the first and the last are shown', async (t) => {
  const { notifier, sent, pass } = setUp();
  for (const text of ['1', '2', '3']) notifier.status(text);
  await pass(999);
  t.same(sent, [['STATUS=1']]);
  await pass(1);
  t.same(sent, [['STATUS=1'], ['STATUS=3']]);
  await pass(1000);
  notifier.status('3');
  await pass(5000);
  t.equal(sent.length, 2, 'one that is shown already is not sent again');
  await notifier.close();
});

t.test('signs of life begin when ready, twice within the time that systemd waits', async (t) => {
  const { notifier, sent, pass } = setUp({ env: WATCHDOG });
  await pass(60_000);
  t.same(sent, []);
  notifier.ready('');
  notifier.ready('');
  await pass(15_000);
  await pass(15_000);
  t.same(sent.slice(2), [['WATCHDOG=1'], ['WATCHDOG=1']]);
  await notifier.close();
  await pass(60_000);
  t.equal(sent.length, 4, 'and end with close');
});

t.test('no sign of life while unhealthy, and soon after one again', async (t) => {
  let healthy = false;
  const { notifier, sent, pass } = setUp({ env: WATCHDOG, healthy: () => healthy });
  notifier.ready('');
  await pass(15_000);
  await pass(1_875);
  t.equal(sent.length, 1);
  healthy = true;
  await pass(1_875);
  t.same(sent.slice(1), [['WATCHDOG=1']]);
  await notifier.close();
});

t.test('a watchdog that is not for this process gets no signs of life', async (t) => {
  for (const env of [
    { ...SOCKET },
    { ...WATCHDOG, WATCHDOG_PID: '1' },
    { ...WATCHDOG, WATCHDOG_USEC: '0' },
    { ...WATCHDOG, WATCHDOG_USEC: 'x' },
  ]) {
    const { notifier, sent, pass } = setUp({ env });
    notifier.ready('');
    await pass(60_000);
    t.equal(sent.length, 1, JSON.stringify(env));
    await notifier.close();
  }
});

t.test('a message that cannot be sent is reported, and the next one is sent all the same', async (t) => {
  for (const [env, fatal] of [
    [SOCKET, false],
    [WATCHDOG, true],
  ] as const) {
    const errors: unknown[] = [];
    const sent: unknown[] = [];
    const { notifier } = setUp({
      env,
      onError: (error, isFatal) => errors.push([error.message, isFatal]),
      send: async (assignments) => {
        if (assignments.includes('RELOADING=1')) throw new Error('no systemd-notify');
        sent.push(assignments);
      },
    });
    notifier.reloading();
    notifier.ready('');
    await notifier.close();
    t.same(errors, [['no systemd-notify', fatal]]);
    t.same(sent, [['READY=1', 'STATUS=']]);
  }
});

interface SetUp {
  readonly notifier: Notifier;
  readonly sent: (readonly string[])[];
  /** Lets time pass, and what is due then happen. */
  readonly pass: (ms: number) => Promise<void>;
}

function setUp(options: Partial<NotifierOptions> = {}): SetUp {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    setTimer(callback, ms) {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      const cancel = (): void => {
        timers = timers.filter((other) => other !== timer);
      };
      return { cancel };
    },
  };
  const sent: (readonly string[])[] = [];
  const notifier = createNotifier({
    env: SOCKET,
    clock,
    healthy: () => true,
    onError: (error) => t.fail(error.message),
    send: async (assignments) => void sent.push(assignments),
    ...options,
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
    await new Promise(setImmediate);
  };
  return { notifier, sent, pass };
}
