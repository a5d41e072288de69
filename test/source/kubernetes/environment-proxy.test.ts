import t from 'tap';
import { environmentProxy } from '../../../src/source/kubernetes/environment-proxy.ts';

const SERVER = 'https://api.shop.example:6443';
const PROXY = 'http://proxy:3128';

t.test('the scheme of the server says which variable counts', async (t) => {
  const env = { HTTPS_PROXY: PROXY, http_proxy: 'http://other:8080' };
  t.equal(environmentProxy(SERVER, env), PROXY);
  t.equal(environmentProxy('http://api.shop.example', env), 'http://other:8080');
  t.equal(environmentProxy(SERVER, { HTTP_PROXY: PROXY }), undefined);
  t.equal(environmentProxy(SERVER, {}), undefined);
});

t.test('small letters count where the capitals are not set, and a proxy without a scheme speaks HTTP', async (t) => {
  t.equal(environmentProxy(SERVER, { https_proxy: 'proxy:3128', HTTPS_PROXY: '' }), PROXY);
  t.equal(environmentProxy(SERVER, { https_proxy: 'socks5://p:1080' }), 'socks5://p:1080');
});

t.test('a server on this machine is never asked through a proxy', async (t) => {
  for (const server of ['https://localhost:6443', 'https://127.0.0.1:6443', 'https://[::1]:6443']) {
    t.equal(environmentProxy(server, { HTTPS_PROXY: PROXY }), undefined, server);
  }
});

for (const [list, server, isSpared] of [
  ['*', SERVER, true],
  ['api.shop.example', SERVER, true],
  ['other, Shop.Example', SERVER, true],
  ['.shop.example', SERVER, true],
  ['*.shop.example', SERVER, true],
  ['.api.shop.example', SERVER, false],
  ['hop.example', SERVER, false],
  ['api.shop.example:6443', SERVER, true],
  ['api.shop.example:443', SERVER, false],
  ['api.shop.example:443', 'https://api.shop.example', true],
  ['192.0.2.0/24', 'https://192.0.2.7', true],
  ['192.0.2.7', 'https://192.0.2.7', true],
  ['192.0.2.7:6443', 'https://192.0.2.7', false],
  ['192.0.2.8,198.51.100.0/24', 'https://192.0.2.7', false],
  ['2001:db8::/32', 'https://[2001:db8::7]:6443', true],
  ['2001:db8::7', 'https://[2001:db8::7]:6443', true],
  ['[2001:db8::7]:6443', 'https://[2001:db8::7]:6443', true],
  ['192.0.2.0/24', SERVER, false],
] as const) {
  t.test(`NO_PROXY=${list} ${isSpared ? 'spares' : 'does not spare'} ${server}`, async (t) => {
    t.equal(environmentProxy(server, { HTTPS_PROXY: PROXY, NO_PROXY: list }), isSpared ? undefined : PROXY);
  });
}
