import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';

const SCRIPT = resolve(import.meta.dirname, '../../config/completion/svclane.fish');

t.test('a real fish completes commands, options, and what the daemon has', async (t) => {
  const { host } = await startShopDaemon(t);
  const { home, env } = putSvclaneOnPath(t, host);
  writeFileSync(join(home, 'config.yaml'), '');
  const cases: readonly [string, RegExp][] = [
    ['svclane expl', /^explain\twhat a client /],
    ['svclane get r', /^routes\twhat is routed.*\n$/],
    ['svclane get routes --all', /^--all-namespaces\t.*\n$/],
    ['svclane get routes -n ', /^shop\t1 Service\n$/],
    ['svclane get routes svc/', /^svc\/svc-0\tshop ClusterIP 1\/1 routable\n$/],
    ['svclane explain svc/svc-0:', /^svc\/svc-0:http\t/],
    ['svclane run --config con', /^config\.yaml\b.*\n$/],
    ['svclane run --config=con', /^--config=config\.yaml\b.*\n$/],
    ['svclane get nothing ', /^$/],
  ];
  for (const [line, expected] of cases) {
    const command = `source ${SCRIPT}; complete -C ${JSON.stringify(line)}`;
    const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', command], { env, cwd: home });
    t.match(stdout, expected, line);
  }
});
