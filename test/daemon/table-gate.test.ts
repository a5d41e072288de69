import t from 'tap';
import { TableGate } from '../../src/daemon/table-gate.ts';

t.test('tables pass an open gate, wait at one that is held, and are let go by one that has ended', async (t) => {
  const gate = new TableGate();
  const passed: string[] = [];
  const pass = (name: string): Promise<void> => gate.pass(async () => void passed.push(name));
  await pass('a');
  await gate.hold();
  const waiting = pass('b');
  await gate.hold();
  t.same(passed, ['a']);
  gate.resume();
  await waiting;
  t.same(passed, ['a', 'b']);
  await gate.hold();
  const late = pass('c');
  gate.end();
  await late;
  await pass('d');
  t.same(passed, ['a', 'b']);
});

t.test('the gate is held when what was passing has passed, also where that fails', async (t) => {
  const gate = new TableGate();
  const { promise, reject } = Promise.withResolvers<void>();
  const passing = gate.pass(() => promise);
  let isHeld = false;
  const held = gate.hold().then(() => {
    isHeld = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isHeld, false);
  reject(new Error('no'));
  await t.rejects(passing, { message: 'no' });
  await held;
  t.equal(isHeld, true);
});
