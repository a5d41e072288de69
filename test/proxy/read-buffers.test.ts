import t from 'tap';
import { FIRST_LEVEL, LAST_LEVEL, ReadBuffers } from '../../src/proxy/read-buffers.ts';

t.test('windows of all levels are of one slab', async (t) => {
  const buffers = new ReadBuffers();
  const windows = [0, FIRST_LEVEL, 2, LAST_LEVEL].map((level) => buffers.window(level));
  t.strictSame(
    windows.map(({ length }) => length),
    [16_384, 65_536, 262_144, 1_048_576],
  );
  t.equal(new Set(windows.map(({ buffer }) => buffer)).size, 1);
});

t.test('once the budget is held, every flow reads through the smallest window', async (t) => {
  const buffers = new ReadBuffers(1000);
  buffers.hold(1000);
  t.equal(buffers.window(LAST_LEVEL).length, 16_384);
  buffers.release(1);
  t.equal(buffers.window(LAST_LEVEL).length, 1_048_576);
});
