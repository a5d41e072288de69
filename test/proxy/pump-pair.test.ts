import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { PumpPair } from '../../src/proxy/pump-pair.ts';
import { ReadBuffers } from '../../src/proxy/read-buffers.ts';
import { receive } from '../fixtures/tcp-rig.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

t.test('both directions are carried, and what was read is counted by itself for each', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    const [client, near] = await socketPair(t);
    const [far, backend] = await socketPair(t);
    const pumps = new PumpPair(near, buffers);
    t.strictSame([pumps.bytesIn, pumps.bytesOut], [0, 0]);
    pumps.startClient(undefined);
    client.end('question');
    while (pumps.bytesIn === 0) await turn();
    pumps.join(backend, undefined);
    far.end('the answer');
    t.equal(`${await receive(client)}`, 'the answer');
    t.equal(`${await receive(far)}`, 'question');
    t.strictSame([pumps.bytesIn, pumps.bytesOut], [8, 10]);
  }
});

t.test('after the close nothing is written either way', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    const [client, near] = await socketPair(t);
    const [far, backend] = await socketPair(t);
    const pumps = new PumpPair(near, buffers);
    pumps.join(backend, undefined);
    pumps.close();
    pumps.close();
    client.end('question');
    far.end('the answer');
    while (pumps.bytesIn === 0 || pumps.bytesOut === 0) await turn();
    near.end();
    backend.end();
    t.strictSame([`${await receive(client)}`, `${await receive(far)}`], ['', '']);
  }
});
