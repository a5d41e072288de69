import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { AcceptGate, isDescriptorError } from '../../src/proxy/accept-gate.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';

t.test('the gate shuts before the limit, once, and opens when there is room again', async (t) => {
  const clock = new SteppedClock();
  const told: boolean[] = [];
  const note = ({ paused }: { readonly paused: boolean }): unknown => told.push(paused);
  channels.acceptPaused.subscribe(note);
  t.teardown(() => channels.acceptPaused.unsubscribe(note));
  let used = 30;
  const gate = new AcceptGate(clock, () => used, 100);
  t.teardown(() => gate.close());
  t.equal(gate.admit(2), true);
  used = 36;
  t.equal(gate.admit(2), false);
  used = 0;
  t.equal(gate.admit(2), false, 'until it has looked');
  used = 33;
  clock.advance(250);
  t.equal(gate.admit(2), false);
  used = 20;
  clock.advance(250);
  t.equal(gate.admit(2), true);
  t.strictSame(told, [true, false]);
});

t.test('the gate shuts when the system has no descriptor, whatever was counted', async (t) => {
  const clock = new SteppedClock();
  const gate = new AcceptGate(clock, () => 0);
  t.teardown(() => gate.close());
  gate.shut('ENFILE');
  t.equal(gate.shutBy, 'ENFILE');
  t.equal(gate.admit(1), false);
  clock.advance(250);
  t.equal(gate.admit(1), true);
});

t.test(
  'sockets that a listener could do without are counted, and are refused where descriptors are short',
  async (t) => {
    const clock = new SteppedClock();
    let used = 0;
    const gate = new AcceptGate(clock, () => used, 100);
    t.teardown(() => gate.close());
    for (let count = 0; count < 36; count++) t.equal(gate.admitExtra(), true);
    t.equal(gate.admitExtra(), false);
    gate.extraClosed();
    t.equal(gate.admit(1), true, 'that alone does not shut the gate');
    t.equal(gate.admit(2), false);
    gate.extraClosed();
    t.equal(gate.admitExtra(), false, 'not while it is shut');
    used = 1000;
    const roomy = new AcceptGate(clock, () => used);
    let admitted = 0;
    while (roomy.admitExtra()) admitted += 1;
    t.equal(admitted, 256, 'nor beyond a bound');
  },
);

t.test('errors that mean a lack of descriptors', async (t) => {
  for (const [code, is] of [
    ['EMFILE', true],
    ['ENFILE', true],
    ['ECONNREFUSED', false],
  ] as const) {
    t.equal(isDescriptorError(Object.assign(new Error(code), { code })), is, code);
  }
});
