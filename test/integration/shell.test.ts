import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { completeInBash } from '../fixtures/bash-completion.ts';
import { PREFIX } from '../fixtures/manifest-daemon.ts';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';

const CONFIG = resolve(import.meta.dirname, '../../config');

t.test('a real bash completes commands, options, and what the daemon has', async (t) => {
  const daemon = await startShopDaemon(t);
  const { home, env } = putSvclaneOnPath(t, daemon.host);
  writeFileSync(join(home, 'config.yaml'), '');
  const cases: readonly [string, readonly string[]][] = [
    ['svclane expl', ['explain']],
    ['svclane get r', ['routes']],
    ['svclane get routes --all', ['--all-namespaces']],
    ['svclane   get routes -n ', ['shop']],
    ['svclane get routes svc/', ['svc/svc-0']],
    // Bash takes the colon for an end of a word: what stands before it is not inserted again.
    ['svclane explain svc/svc-0:', ['http']],
    ['svclane explain svc/svc-0:ht', ['http']],
    ['svclane explain --family=', ['IPv4', 'IPv6']],
    [`svclane drain ${PREFIX}.2.1:${String(daemon.port).slice(0, 2)}`, [String(daemon.port)]],
    ['svclane run --config con', ['config.yaml']],
    ['svclane run --config=con', ['config.yaml']],
    ['svclane get nothing ', []],
  ];
  await Promise.all(
    cases.map(async ([line, words]) => t.same(await completeInBash(line, { env, cwd: home }), words, line)),
  );
});

t.test('without a daemon bash is told what needs none, in silence', async (t) => {
  const { home, env } = putSvclaneOnPath(t, 'unix:/nowhere/admin.sock');
  t.same(await completeInBash('svclane get routes svc/', { env, cwd: home }), []);
  t.same(await completeInBash('svclane get routes --w', { env, cwd: home }), ['--watch']);
});

t.test('kubectl finds a plugin that says what it is, and what completes it', async (t) => {
  const daemon = await startShopDaemon(t);
  const { home, env } = putSvclaneOnPath(t, daemon.host);
  for (const name of ['kubectl-svclane', 'kubectl_complete-svclane']) symlinkSync(join(CONFIG, name), join(home, name));
  const run = promisify(execFile);
  const help = await run('kubectl-svclane', ['explain', '--help'], { env });
  t.match(help.stdout, /^Usage: kubectl svclane explain /);
  const routes = await run('kubectl-svclane', ['get', 'routes', '-o', 'name'], { env });
  t.equal(routes.stdout, 'svc/svc-0:http\n');
  // kubectl reads lines, and a directive as cobra's.
  const completed = await run('kubectl_complete-svclane', ['get', 'routes', '-n', ''], { env });
  t.equal(completed.stdout, 'shop\t1 Service\n:4\n');
  const option = await run('kubectl_complete-svclane', ['get', 'routes', '--no-h'], { env });
  t.match(option.stdout, /^--no-headers\t.+\n:4\n$/);
});
