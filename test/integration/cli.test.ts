import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createFakeApiServer } from '../fixtures/fake-api-server.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'svclane-cli-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

t.test('on an older Node it says what it needs, in one line', async (t) => {
  const older = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})';
  const svclane = startSvclane(['run'], { nodeArgs: ['--import', older] });
  t.equal(await svclane.exit, 1);
  t.equal(svclane.output, 'error: svclane needs Node.js 22.19 or newer, this is 20.20.2\n');
});

t.test('version prints the versions', async (t) => {
  const svclane = startSvclane(['version', '-o', 'json']);
  t.equal(await svclane.exit, 0);
  t.match(JSON.parse(svclane.stdout), { svclane: /^\d+\.\d+\.\d+/, node: process.versions.node });
});

t.test('a wrong command line is exit 2 with a hint', async (t) => {
  for (const args of [['rum'], ['run', '--no-such-flag'], ['get', 'routes', '-o', 'xml']]) {
    const svclane = startSvclane(args);
    t.equal(await svclane.exit, 2, args.join(' '));
    t.match(svclane.stderr, /^error: .+\n(.*\n)*hint: /, args.join(' '));
  }
});

t.test('a wrong configuration lists every problem with its path and line, and binds nothing', async (t) => {
  const path = join(folder(t), 'config.yaml');
  const admin = join(folder(t), 'admin.sock');
  writeFileSync(
    path,
    `apiVersion: svclane.dev/v1alpha1\nkind: ProxyConfiguration\nmode: nod\nloging: {level: info}\ndefaults: {connect: {timeout: soon}}\nadmin: {listen: "unix:${admin}"}\n`,
  );
  const svclane = startSvclane(['run', '--config', path, '--log-level', 'loud']);
  t.equal(await svclane.exit, 1);
  t.match(svclane.stderr, /config\.yaml:3: mode: /);
  t.match(svclane.stderr, /config\.yaml:4: loging: .*logging/);
  t.match(svclane.stderr, /config\.yaml:5: defaults\.connect\.timeout: /);
  t.match(svclane.stderr, /--log-level: logging\.level: /);
  t.notOk(existsSync(admin), 'the admin socket was not opened');
});

t.test('without a kubeconfig there is one error line and one hint line', async (t) => {
  const svclane = startSvclane(['run']);
  t.equal(await svclane.exit, 5);
  t.match(svclane.stderr, /^error: [^\n]*kubeconfig[^\n]*\nhint: [^\n]+\n$/m);
});

t.test('an API server that refuses is one error line and one hint line', async (t) => {
  const path = join(folder(t), 'kubeconfig');
  const server = await createFakeApiServer();
  writeFileSync(path, server.kubeconfig());
  await server.close();
  const svclane = startSvclane(['run', '--kubeconfig', path, '--log-level', 'error']);
  t.equal(await svclane.exit, 5);
  t.match(svclane.stderr, /^error: [^\n]*127\.0\.0\.1[^\n]*\nhint: [^\n]+\n$/);
});

t.test('wrong credentials and missing rights are told as such', async (t) => {
  const path = join(folder(t), 'kubeconfig');
  const cases = [
    { status: 401, expected: /^error: [^\n]*401[^\n]*\nhint: [^\n]+\n$/ },
    { status: 403, expected: /^error: [^\n]*(list|watch)[^\n]*(services|endpointslices)[^\n]*\nhint: [^\n]+\n$/ },
  ];
  for (const { status, expected } of cases) {
    const server = await createFakeApiServer();
    t.teardown(() => server.close());
    writeFileSync(path, server.kubeconfig());
    server.fail({ status, times: 100 });
    const svclane = startSvclane(['run', '--kubeconfig', path, '--log-level', 'error']);
    t.equal(await svclane.exit, 5, `${status}`);
    t.match(svclane.stderr, expected, `${status}`);
  }
});

t.test('without a daemon, get says which socket it tried and how to start one', async (t) => {
  const socket = join(folder(t), 'none.sock');
  const svclane = startSvclane(['get', 'routes'], { env: { SVCLANE_HOST: `unix://${socket}` } });
  t.equal(await svclane.exit, 7);
  t.match(svclane.stderr, new RegExp(`^error: [^\\n]*${socket}[^\\n]*\\nhint: [^\\n]*svclane run`));
});

t.test('config view prints a file that resolves to the same', async (t) => {
  const path = join(folder(t), 'config.yaml');
  const first = startSvclane([
    'config',
    'view',
    '--lane',
    'shop/svc/web:http=127.0.0.1:8080',
    '--algorithm',
    'leastconn',
  ]);
  t.equal(await first.exit, 0);
  writeFileSync(path, first.stdout);
  const second = startSvclane(['config', 'view', '--config', path]);
  await second.exit;
  t.equal(second.stdout.replace(/admin:\n.*\n/, ''), first.stdout.replace(/admin:\n.*\n/, ''));
});
