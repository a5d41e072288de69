import t from 'tap';
import { fastSocketsWork } from '../../src/proxy/fast-sockets-work.ts';

t.test('the self-test passes on this Node, and runs once', async (t) => {
  t.equal(await fastSocketsWork(), true);
  t.equal(fastSocketsWork(), fastSocketsWork());
});
