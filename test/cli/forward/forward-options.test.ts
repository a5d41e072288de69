import t from 'tap';
import { type ForwardOptions, readForwardRequest } from '../../../src/cli/forward/forward-options.ts';

function read(words: readonly string[], options: ForwardOptions = {}) {
  return readForwardRequest(words, [], options);
}

t.test('localhost is both families, of which the second may be missing', (t) => {
  t.same(read(['svc/a']).addresses, { needed: ['127.0.0.1'], optional: ['::1'] });
  t.same(read(['svc/a'], { address: '10.0.0.1,localhost' }).addresses.needed, ['10.0.0.1', '127.0.0.1']);
  t.same(read(['svc/a'], { address: '::1,localhost' }).addresses, { needed: ['::1', '127.0.0.1'], optional: [] });
  t.end();
});

t.test('addresses of name services have short forms', (t) => {
  t.same(read([], { socks: ':1080' }).socks, { address: '127.0.0.1', port: 1080 });
  t.same(read([], { socks: '[::1]:1080' }).socks, { address: '::1', port: 1080 });
  t.same(read([], { dns: '5353', dnsForward: '1.1.1.1' }).dnsForward, { address: '1.1.1.1', port: 53 });
  t.end();
});

t.test('own addresses without targets are those of all Services, with DNS', (t) => {
  t.match(read([], { hosts: 'auto' }), { selection: { labelSelector: '' }, dns: { port: 0 }, hasNames: false });
  t.match(read(['svc/a'], { hosts: 'auto' }), { selection: undefined, hasHosts: true });
  t.end();
});

t.test('what cannot be meant is refused', (t) => {
  const cases: readonly [readonly string[], ForwardOptions][] = [
    [[], {}],
    [['svc/a'], { all: true }],
    [['svc/a'], { address: 'example.com' }],
    [['svc/a'], { waitReady: 'soon' }],
    [['svc/a'], { hosts: 'yes' }],
    [['svc/a'], { socks: 'localhost' }],
  ];
  for (const [words, options] of cases)
    t.throws(() => read(words, options), { code: 'SVL_USAGE' }, JSON.stringify([words, options]));
  t.end();
});
