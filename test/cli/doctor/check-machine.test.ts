import { createServer } from 'node:net';
import t from 'tap';
import { checkClaims, checkDaemon, checkPorts } from '../../../src/cli/doctor/check-machine.ts';
import {
  findSocketOwner,
  type ListeningSocket,
  parseSockets,
  readListeningSockets,
} from '../../../src/cli/doctor/listening-sockets.ts';

const HEALTH = { use: 'health', protocol: 'TCP', address: '127.0.0.1', port: 10_256 } as const;
const socket = (address: string, over: Partial<ListeningSocket> = {}): ListeningSocket => {
  return { protocol: 'TCP', address, port: 10_256, inode: '7', ...over };
};

t.test('a port that another process has is told, with the process', async (t) => {
  const owner = { pid: 812, command: '/usr/local/bin/kube-proxy --config=/x' };
  const cases: readonly (readonly [ListeningSocket, boolean])[] = [
    [socket('127.0.0.1'), true],
    [socket('0.0.0.0'), true],
    [socket('::'), true],
    [socket('10.0.0.1'), false],
    [socket('127.0.0.1', { protocol: 'UDP' }), false],
    [socket('127.0.0.1', { port: 10_257 }), false],
  ];
  for (const [other, taken] of cases) {
    const [finding] = checkPorts([HEALTH], [other], () => owner);
    const message = 'port 10256/tcp (health) is held by /usr/local/bin/kube-proxy --config=/x (pid 812)';
    if (taken) t.match(finding, { state: 'fail', message, next: 'ps -fp 812' }, other.address);
    else t.equal(finding?.state, 'ok', other.address);
  }
  t.match(
    checkPorts([HEALTH], [socket('::')], () => undefined),
    [{ state: 'fail', message: /cannot be seen/ }],
  );
  const own = () => ({ pid: 1, command: 'node /usr/lib/node_modules/svclane/dist/main.js run' });
  t.match(checkPorts([HEALTH], [socket('::')], own), [{ state: 'ok' }], 'svclane itself is not in the way');
});

t.test('a listening socket of this machine is found, with its process', async (t) => {
  const server = createServer();
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const found = readListeningSockets().find((one) => one.port === port && one.protocol === 'TCP');
  t.match(found, { address: '127.0.0.1' });
  t.equal(findSocketOwner(found?.inode ?? '')?.pid, process.pid);
  t.equal(findSocketOwner('0'), undefined);
});

t.test('the text of /proc/net is read for both families', async (t) => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (local: string, state: string) => `   0: ${local} 00000000:0000 ${state} 0:0 00:0 0 0 0 4711 1\n`;
  const six = '0000000000000000FFFF00000100007F:2810';
  t.same(parseSockets(head + row('0100007F:2810', '0A') + row('0100007F:2811', '01'), 'TCP'), [
    { protocol: 'TCP', address: '127.0.0.1', port: 10_256, inode: '4711' },
  ]);
  t.match(parseSockets(head + row('00000000000000000000000001000000:0035', '07'), 'UDP'), [
    { address: '::1', port: 53 },
  ]);
  t.match(parseSockets(head + row(six, '0A'), 'TCP'), [{ address: '127.0.0.1' }]);
  t.same(parseSockets('', 'TCP'), []);
  t.same(parseSockets('nonsense\nmore of it\n', 'TCP'), []);
});

t.test('who else claims Service addresses is told where svclane would', async (t) => {
  const fact = { captures: true, kubeProxy: [], holder: undefined, isHolderKnown: false, unreadable: '' };
  t.match(checkClaims(fact), { state: 'ok' });
  t.match(checkClaims({ ...fact, kubeProxy: ['nftables'] }), { state: 'fail', message: /kube-proxy .*nftables/ });
  t.match(checkClaims({ ...fact, captures: false, kubeProxy: ['nftables'] }), { state: 'ok' });
  const holder = { pid: 77, command: 'svclane run' };
  t.match(checkClaims({ ...fact, holder }), {
    state: 'fail',
    message: /another svclane \(pid 77\)/,
    next: 'ps -fp 77',
  });
  t.match(
    checkClaims({ ...fact, holder, isHolderKnown: true }),
    { state: 'ok' },
    'the daemon that answers is no other',
  );
  t.match(checkClaims({ ...fact, unreadable: 'nft: is not installed' }), { state: 'skip', next: 'run it as root' });
});

t.test('a daemon is told with what is wrong with it', async (t) => {
  const fact = { version: '0.1.0', mode: 'node', generation: 7, stale: [], failedListeners: 0 };
  t.match(checkDaemon('unix:/x', { message: 'no', hint: '' }), [{ state: 'skip', next: 'svclane run' }]);
  t.match(checkDaemon('unix:/x', fact), [{ state: 'ok', message: 'daemon 0.1.0 in mode node, rev 7' }]);
  t.match(checkDaemon('unix:/x', { ...fact, stale: ['Service'], failedListeners: 2 }), [
    { state: 'ok' },
    { state: 'warn', message: /watch of Service/ },
    { state: 'fail', message: '2 listeners failed', next: 'svclane get listeners' },
  ]);
});
