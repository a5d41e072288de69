import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { meantNamespace } from '../../src/cli/meant-namespace.ts';

const CASES: readonly [string, string, readonly string[], string | undefined, string][] = [
  ['that was typed', 'dev', ['shop'], 'web', 'web'],
  ['that has the one that there is', 'dev', ['shop'], undefined, 'shop'],
  ['default, where several have one', 'dev', ['shop', 'infra'], undefined, 'default'],
  ['default, where none has', 'dev', [], undefined, 'default'],
  ['default, on a node, which serves everybody', 'node', ['shop'], undefined, 'default'],
];

for (const [name, mode, namespaces, typed, meant] of CASES) {
  t.test(`without a namespace, a Service is in the one ${name}`, async (t) => {
    const server = createServer((request, response) => {
      const isStatus = request.url === '/v1/status';
      const items = namespaces.map((namespace) => ({ namespace, name: 'web' }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(isStatus ? { mode } : { items }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const namespace = typed === undefined ? {} : { namespace: typed };
    t.equal(await meantNamespace({ host, service: 'web', kind: 'services', ...namespace }), meant);
  });
}
