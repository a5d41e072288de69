import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findDaemonToken } from '../../src/cli/daemon-token.ts';

const home = mkdtempSync(join(tmpdir(), 'svclane-token-'));
t.after(() => rmSync(home, { recursive: true, force: true }));
const own = join(home, '.config', 'svclane', 'token');
const beside = join(home, 'run', 'token');
const named = join(home, 'named');
mkdirSync(join(home, '.config', 'svclane'), { recursive: true });
mkdirSync(join(home, 'run'));
writeFileSync(own, 'own\n');
writeFileSync(beside, 'beside\n');
writeFileSync(named, 'named\n');
writeFileSync(join(home, 'empty'), '\n');

t.test('what is named comes before the environment, and that before the usual files', (t) => {
  const env = { HOME: home, RUNTIME_DIRECTORY: join(home, 'nothing') };
  const cases: readonly [string, string | undefined, Record<string, string>, string | undefined, string][] = [
    [`unix:${home}/run/admin.sock`, named, { ...env, SVCLANE_TOKEN: 'told' }, 'named', named],
    [`unix:${home}/run/admin.sock`, undefined, { ...env, SVCLANE_TOKEN: 'told' }, 'told', 'SVCLANE_TOKEN'],
    [`unix:${home}/run/admin.sock`, undefined, env, 'beside', beside],
    [`unix://${home}/run/admin.sock`, undefined, env, 'beside', beside],
    [`unix:${home}/elsewhere/admin.sock`, undefined, env, 'own', own],
    ['http://127.0.0.1:10290', undefined, env, 'own', own],
    ['http://localhost:10290', undefined, env, 'own', own],
    ['http://[::1]:10290', undefined, env, 'own', own],
    ['http://127.0.0.1', undefined, { ...env, XDG_CONFIG_HOME: join(home, 'none') }, undefined, 'token (not there)'],
  ];
  for (const [host, file, environment, token, where] of cases) {
    const found = findDaemonToken(host, file, environment);
    t.equal(found.token, token, host);
    t.ok(found.where.endsWith(where), `${host}: ${found.where}`);
  }
  t.end();
});

t.test('a usual file is never sent to another machine', (t) => {
  for (const host of ['http://192.0.2.1:10290', 'https://proxy.example', 'http://localhost.example:1', 'nonsense']) {
    t.same(findDaemonToken(host, undefined, { HOME: home }), { token: undefined, where: '' }, host);
  }
  t.equal(findDaemonToken('https://proxy.example', undefined, { SVCLANE_TOKEN: 'told' }).token, 'told');
  t.end();
});

t.test('a file that is named has to have a token', (t) => {
  for (const file of [join(home, 'missing'), join(home, 'empty'), home]) {
    t.throws(() => findDaemonToken('unix:/x', file, {}), { code: 'SVL_TOKEN' }, file);
  }
  t.end();
});
