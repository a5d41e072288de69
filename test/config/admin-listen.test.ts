import t from 'tap';
import { defaultAdminListen, isNetworkListen, parseAdminListen } from '../../src/config/admin-listen.ts';

t.test('an admin address is a socket with an absolute path, or HTTP at an IP address', (t) => {
  const cases: readonly [string, string | undefined][] = [
    ['unix:/run/svclane/admin.sock', 'unix:/run/svclane/admin.sock'],
    ['unix:///run/svclane/admin.sock', 'unix:/run/svclane/admin.sock'],
    ['http://127.0.0.1:10290', 'http://127.0.0.1:10290'],
    ['http://[::1]:0/', 'http://[::1]:0'],
    [`unix:/${'x'.repeat(106)}`, `unix:/${'x'.repeat(106)}`],
    [`unix:/${'x'.repeat(107)}`, undefined],
    ['unix:admin.sock', undefined],
    ['unix:', undefined],
    ['/run/admin.sock', undefined],
    ['http://0.0.0.0:10290', 'http://0.0.0.0:10290'],
    ['http://localhost:10290', undefined],
    ['http://127.0.0.1', undefined],
    ['http://127.0.0.1:1/x', undefined],
    ['https://127.0.0.1:1', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.equal(parseAdminListen(text), expected, text.slice(0, 40));
  t.end();
});

t.test('an address that other machines reach is told from one that they do not', (t) => {
  for (const text of ['http://0.0.0.0:1', 'http://192.0.2.1:1', 'http://[::]:1']) t.equal(isNetworkListen(text), true);
  for (const text of ['http://127.0.0.1:1', 'http://[::1]:1', 'unix:/run/x', '', 'auto']) {
    t.equal(isNetworkListen(text), false, text);
  }
  t.end();
});

t.test('the default socket is in the first folder that is known', (t) => {
  const home = { HOME: '/home/ada' };
  const xdg = { ...home, XDG_RUNTIME_DIR: '/run/user/7' };
  const systemd = { ...xdg, RUNTIME_DIRECTORY: '/run/lane:/run/other' };
  const cases = [
    ['node', {}, 'unix:/run/svclane/admin.sock'],
    ['node', xdg, 'unix:/run/svclane/admin.sock'],
    ['node', systemd, 'unix:/run/lane/admin.sock'],
    ['dev', systemd, 'unix:/run/lane/admin.sock'],
    ['dev', xdg, 'unix:/run/user/7/svclane/admin.sock'],
    ['dev', home, 'unix:/home/ada/.cache/svclane/admin.sock'],
    ['dev', {}, ''],
    ['dev', { HOME: `/${'x'.repeat(120)}` }, ''],
  ] as const;
  for (const [mode, env, expected] of cases) t.equal(defaultAdminListen(mode, env), expected, `${mode} ${expected}`);
  t.end();
});
