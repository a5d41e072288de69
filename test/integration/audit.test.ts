import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startSvclane } from '../fixtures/svclane-process.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/audit');
const OBJECTS = ['-f', join(FOLDER, 'objects.yaml'), '--node', 'node-a'];
const dump = (name: string): string => join(FOLDER, `${name}.dump`);

async function audit(...args: string[]) {
  const svclane = startSvclane(['audit', ...args]);
  const code = await svclane.exit;
  return { code, stdout: svclane.stdout, stderr: svclane.stderr };
}

/** Every cluster has this Service, and the manifests have not. */
const KUBERNETES =
  /^DRIFT {3}default\/kubernetes:https {3}kube-proxy still has 10\.96\.0\.1:443\/TCP \(forward to 172\.30\.0\.1:6443\), which is of no Service$/m;

t.test('a dump is compared with manifests; a drift is a line, and exit code 8', async (t) => {
  const [nft, iptables, four] = await Promise.all([
    audit('--nft', dump('nftables'), ...OBJECTS),
    audit('--iptables', dump('iptables'), '--iptables', dump('ip6tables'), ...OBJECTS),
    audit('--iptables', dump('iptables'), ...OBJECTS),
  ]);
  for (const { code, stdout, stderr } of [nft, iptables]) {
    t.equal(code, 8);
    t.match(stdout, KUBERNETES);
    t.match(stdout, /^1 drift, 48 equal\n$/m);
    t.equal(stderr, '');
  }
  t.match(four, { code: 8, stdout: /^1 drift, 42 equal$/m, stderr: /^warning: the dump has no IPv6: 6 frontends/ });
});

t.test('as JSON it has the facts, and the same sentences', async (t) => {
  const { code, stdout } = await audit('--ipvs', dump('ipvs'), ...OBJECTS, '-o', 'json');
  t.equal(code, 8);
  t.match(JSON.parse(stdout), {
    node: 'node-a',
    mode: 'ipvs',
    families: ['IPv4', 'IPv6'],
    generation: null,
    equal: 48,
    drifts: [{ kind: 'frontendStale', frontends: ['10.96.0.1:443/TCP'], cause: null, message: /of no Service/ }],
  });
});

t.test('a dump comes from standard input too', async (t) => {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const input = readFileSync(dump('nftables'));
  const { status, stdout } = spawnSync(process.execPath, [main, 'audit', '--nft', '-', ...OBJECTS], { input });
  t.equal(status, 8);
  t.match(stdout.toString(), KUBERNETES);
});

t.test('what cannot be compared is an error with a hint', async (t) => {
  const nft = ['--nft', dump('nftables')];
  const cases: readonly (readonly [args: readonly string[], code: number, stderr: RegExp])[] = [
    [OBJECTS, 2, /^error: which rules\? .*\nhint: one of --nft FILE/],
    [[...nft, '--live', ...OBJECTS], 2, /^error: which rules\?/],
    [
      [...nft, '-f', join(FOLDER, 'objects.yaml')],
      2,
      /^error: of which node are these rules\?\nhint: say so by --node/,
    ],
    [[...nft, ...OBJECTS, '--cluster'], 2, /^error: -f and --cluster exclude one another/],
    [[...nft, ...OBJECTS, '--at', '7'], 2, /^error: --at needs the history of a running daemon/],
    [[...nft, ...OBJECTS, '-o', 'xml'], 2, /^error: unknown output format "xml"/],
    [
      ['--ipvs', dump('nftables'), ...OBJECTS],
      1,
      /^error: this is the output of nft -j: give it as --nft\nhint: ipvsadm/,
    ],
    [['--nft', dump('none'), ...OBJECTS], 1, /^error: the dump cannot be read: ENOENT/],
    [[...nft, '--host', 'unix:///nowhere/admin.sock'], 7, /^error: no daemon answers at unix:\/\/\/nowhere/],
  ];
  const results = await Promise.all(cases.map(([args]) => audit(...args)));
  for (const [index, [args, code, stderr]] of cases.entries()) {
    t.match(results[index], { code, stderr, stdout: '' }, args.slice(-2).join(' '));
  }
});
