import { PassThrough } from 'node:stream';
import t from 'tap';
import { whenEnded } from '../../src/proxy/when-ended.ts';

t.test('the end of a stream is told once, whether it is to come or was before', async (t) => {
  const stream = new PassThrough();
  const told: string[] = [];
  whenEnded(stream, () => told.push('before'));
  stream.resume().end();
  await new Promise((resolve) => stream.once('close', resolve));
  whenEnded(stream, () => told.push('after'));
  t.same(told, ['before', 'after']);
});
