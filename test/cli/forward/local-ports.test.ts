import { type AddressInfo, createServer } from 'node:net';
import t from 'tap';
import { findLocalPort } from '../../../src/cli/forward/local-ports.ts';

t.test('any free port is the same at every address', async (t) => {
  const found = await findLocalPort({ needed: ['127.0.0.1', '127.0.0.2'], optional: [] }, 0, 'web', new Set());
  t.ok(found.port > 0);
  t.same(found.addresses, ['127.0.0.1', '127.0.0.2']);
});

t.test('an optional address that this machine lacks is left out, a needed one is not', async (t) => {
  const found = await findLocalPort({ needed: ['127.0.0.1'], optional: ['2001:db8::1'] }, 0, 'web', new Set());
  t.same(found.addresses, ['127.0.0.1']);
  const missing = findLocalPort({ needed: ['192.0.2.1'], optional: [] }, 0, 'web', new Set());
  await t.rejects(missing, { code: 'SVL_LISTEN', facts: { errno: 'EADDRNOTAVAIL' } });
});

t.test('a port that is taken is refused, and another one offered', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const busy = findLocalPort({ needed: ['127.0.0.1'], optional: [] }, port, 'shop/web:http', new Set());
  await t.rejects(busy, { code: 'SVL_LISTEN', hint: /port \d+ is free/ });
  const lane = findLocalPort({ needed: ['127.0.0.3'], optional: [] }, 4711, 'web', new Set(['127.0.0.3:4711']));
  await t.rejects(lane, { code: 'SVL_LISTEN' }, 'another lane has it');
});
