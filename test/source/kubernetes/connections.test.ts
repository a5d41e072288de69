import t from 'tap';
import { Connections, tlsOf } from '../../../src/source/kubernetes/connections.ts';

t.test('the dispatcher stays while its options do', async (t) => {
  const connections = new Connections();
  t.teardown(() => connections.close());
  const options = (ca: string) => ({ type: 'agent', connect: { ca: Buffer.from(ca) } }) as const;
  const first = connections.dispatcherFor(options('one'), false);
  t.equal(connections.dispatcherFor(options('one'), false), first);
  const second = connections.dispatcherFor(options('two'), false);
  t.not(second, first);
  t.not(connections.dispatcherFor(options('two'), true), second, 'HTTP/1.1 is a difference too');
});

t.test('a dispatcher that was dropped is not given out again', async (t) => {
  const connections = new Connections();
  t.teardown(() => connections.close());
  const first = connections.dispatcherFor({ type: 'none' }, false);
  await connections.drop(first);
  await connections.drop(first);
  t.not(connections.dispatcherFor({ type: 'none' }, false), first);
});

t.test('proxies that cannot be used are refused', async (t) => {
  const connections = new Connections();
  for (const uri of ['socks4://p:1', 'socks5://', 'socks:']) {
    t.throws(() => connections.dispatcherFor({ type: 'socks', uri, requestTls: {} }, false), {
      code: 'SVL_KUBECONFIG',
    });
  }
  const proxy = { type: 'proxy', uri: 'ftp://p', requestTls: {}, connect: {} } as const;
  t.throws(() => connections.dispatcherFor(proxy, false), { code: 'SVL_KUBECONFIG' });
});

t.test('of TLS options only those that are set are taken', async (t) => {
  t.same(tlsOf({ ca: 'x', cert: undefined, rejectUnauthorized: false }), { ca: 'x', rejectUnauthorized: false });
});
