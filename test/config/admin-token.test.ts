import t from 'tap';
import { defaultTokenPath, formatAdminToken, isAdminToken, parseAdminToken } from '../../src/config/admin-token.ts';

t.test('a token is made by svclane, or in a file with an absolute path, or none', (t) => {
  const env = { HOME: '/home/ada' };
  const made = { path: '/home/ada/.config/svclane/token', create: true };
  t.same(parseAdminToken('auto', 'dev', env), made);
  t.same(parseAdminToken('auto', 'dev', {}), undefined, 'no folder is known');
  t.same(parseAdminToken('file:/run/secret', 'node', env), { path: '/run/secret', create: false });
  t.same(parseAdminToken('', 'node', env), undefined);
  for (const text of ['', 'auto', 'file:/a']) t.equal(isAdminToken(text), true, text);
  for (const text of ['file:', 'file:a', 'file:/', 'file:/a\0b', 'secret']) t.equal(isAdminToken(text), false, text);
  for (const text of ['', 'auto', 'file:/a']) t.equal(formatAdminToken(parseAdminToken(text, 'dev', env)), text);
  t.end();
});

t.test('the file that svclane makes is in the first folder that is known', (t) => {
  const home = { HOME: '/home/ada' };
  t.equal(defaultTokenPath('node', home), '/run/svclane/token');
  t.equal(defaultTokenPath('node', { RUNTIME_DIRECTORY: '/run/lane:/run/b' }), '/run/lane/token');
  t.equal(defaultTokenPath('dev', home), '/home/ada/.config/svclane/token');
  t.equal(defaultTokenPath('dev', { ...home, XDG_CONFIG_HOME: '/conf' }), '/conf/svclane/token');
  t.equal(defaultTokenPath('dev', {}), undefined);
  t.end();
});
