/** What needs no rights; capturing itself is tested in `netns/`. */

import t from 'tap';
import { createCapture } from '../../src/host/capture.ts';
import type { Frontend } from '../../src/model/route.ts';

const web: Frontend = {
  key: '127.0.0.1:8080/TCP',
  kind: 'nodePort',
  address: '127.0.0.1',
  port: 8080,
  protocol: 'TCP',
  family: 'IPv4',
};

t.test('none binds the own address of a frontend, and leaves the kernel alone', async (t) => {
  const capture = await createCapture({ type: 'none' });
  t.match(capture, { type: 'none', reason: 'set by the configuration' });
  await capture.open();
  await capture.prepare([web]);
  t.same(capture.bindingOf(web), { address: '127.0.0.1', port: 8080 });
  t.equal(capture.rebind(web), undefined);
  await capture.commit([web], []);
  await capture.close();
});
