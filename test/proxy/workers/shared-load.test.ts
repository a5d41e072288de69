import t from 'tap';
import { createLoadMemory, SharedLoad } from '../../../src/proxy/workers/shared-load.ts';

/** What a thread has open for itself. */
const THREAD = 4;

t.test('each worker sees what the others have open', async (t) => {
  const memory = createLoadMemory(3);
  const [a, b, c] = [0, 1, 2].map((worker) => new SharedLoad(memory, worker));
  a?.publishFlows(5, 2);
  b?.publishFlows(1, 0);
  b?.publishSockets(7);
  t.equal(c?.tcpOfOthers, 6);
  t.equal(c?.udpOfOthers, 2);
  t.equal(c?.descriptorsOfOthers, 2 * THREAD + 2 * 6 + 2 + 7);
  t.equal(a?.tcpOfOthers, 1);
  t.equal(b?.descriptorsOfOthers, 2 * THREAD + 2 * 5 + 2);
});

t.test('a flow that is about to begin counts for whoever asks meanwhile', async (t) => {
  const memory = createLoadMemory(2);
  const [a, b] = [new SharedLoad(memory, 0), new SharedLoad(memory, 1)];
  t.equal(a.tcpBeside(1), 0);
  t.equal(b.tcpBeside(1), 1);
});

t.test('what a worker had that died is free again', async (t) => {
  const memory = createLoadMemory(2);
  const [a, b] = [new SharedLoad(memory, 0), new SharedLoad(memory, 1)];
  b.publishFlows(3, 4);
  b.publishSockets(5);
  a.clear(1);
  t.equal(a.descriptorsOfOthers, THREAD);
});
