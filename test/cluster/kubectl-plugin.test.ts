import { execFile } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';
import { binary } from './build/cache.ts';
import { ensureBuilt } from './build/ensure-built.ts';

const CONFIG = resolve(import.meta.dirname, '../../config');

t.test('the real kubectl runs svclane as a plugin, and completes it', async (t) => {
  ensureBuilt('full');
  const daemon = await startShopDaemon(t);
  const { home, env } = putSvclaneOnPath(t, daemon.host);
  for (const name of ['kubectl-svclane', 'kubectl_complete-svclane']) symlinkSync(join(CONFIG, name), join(home, name));
  const kubectl = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(binary('kubectl'), args, { env })).stdout;
  t.equal(await kubectl('svclane', 'get', 'routes', '-o', 'name'), 'svc/svc-0:http\n');
  t.match(await kubectl('svclane', 'drain', '--help'), /^Usage: kubectl svclane drain/);
  t.match(await kubectl('__complete', 'svclane', 'get', 'ro'), /^routes\t.*\n:4\n$/);
  t.equal(await kubectl('__complete', 'svclane', 'get', 'routes', '-n', ''), 'shop\t1 Service\n:4\n');
});
