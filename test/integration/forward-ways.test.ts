import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { addWorkload, ask, readyPod, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';
import { ask as askUdp, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const run = promisify(execFile);

t.test('other commands find a forward, and two of them do not collide', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const first = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, socket = ''] = await first.until(/API (unix:\S+)/);
  const second = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  await second.until(/API http:\/\/127\.0\.0\.1:\d+ \(token in /);
  const explained = startSvclane(['explain', 'svc/web:http', '--host', socket]);
  t.equal(await explained.exit, 0, explained.output);
  t.match(explained.stdout, /web-a/);
});

t.test('all Services are forwarded by --all, at free ports, and a file of lanes as it says', async (t) => {
  const rig = await startForwardRig(t);
  for (const name of ['api', 'web']) for (const object of serviceWithPods(name, [`${name}-a`])) rig.api.set(object);
  const all = rig.forward('--all', '--transport', 'apiserver');
  await all.until(/Ready: 2 of 2 lanes/);
  t.match(all.stdout, /-> default\/api:http[\s\S]*-> default\/web:http/);
  const port = await freePort();
  const file = `${rig.folder}/lanes.yaml`;
  const lane = `{target: svc/web, port: http, listen: "127.0.0.1:${port}"}`;
  writeFileSync(file, `apiVersion: svclane.dev/v1alpha1\nkind: Lanes\nlanes:\n- ${lane}\n`);
  const lanes = rig.forward('-f', file, '--transport', 'apiserver');
  await lanes.until(/Ready: 1 of 1/);
  t.equal(await ask(port, 'hello'), 'hello');
  lanes.kill('SIGTERM');
  await lanes.exit;
  const within = ['sh', '-c', `exec "$@" < ${file}`, 'sh'];
  const piped = rig.forwardWith({ within }, '-f', '-', '--transport', 'apiserver');
  await piped.until(/Ready: 1 of 1/);
  t.equal(await ask(port, 'from standard input'), 'from standard input');
});

t.test('--env prints the variables alone on standard output, for a shell to take', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('my-web', ['web-a'])) rig.api.set(object);
  const forward = rig.forward('svc/my-web', ':http', '--env', '--socks', '127.0.0.1:0', '--transport', 'apiserver');
  await forward.until(/Ready: 1 of 1/);
  await forward.until(/SVCLANE_HOST=/);
  const [, port] = /Forwarding from 127\.0\.0\.1:(\d+) -> default\/my-web:http/.exec(forward.stderr) ?? [];
  const lines = forward.stdout.trimEnd().split('\n');
  t.ok(
    lines.every((line) => /^[A-Z_]+=\S+$/.test(line)),
    forward.stdout,
  );
  for (const line of [
    'MY_WEB_HOST=127.0.0.1',
    `MY_WEB_PORT=${port}`,
    `MY_WEB_PORT_HTTP=${port}`,
    `MY_WEB_SERVICE_PORT=${port}`,
  ]) {
    t.ok(lines.includes(line), line);
  }
  t.match(forward.stdout, /^SVCLANE_SOCKS=127\.0\.0\.1:\d+$/m);
  t.equal(await ask(Number(port), 'hello'), 'hello');
});

t.test('the pods of every kind of workload are reached', async (t) => {
  const rig = await startForwardRig(t);
  rig.api.set(readyPod('web-0', 1, 8080));
  const targets = [
    ['deployments', 'deploy/web'],
    ['statefulsets', 'sts/web'],
    ['daemonsets', 'ds/web'],
    ['replicasets', 'rs/web'],
  ] as const;
  for (const [resource] of targets) addWorkload(rig, resource);
  const words = [...targets.map(([, target]) => target), 'po/web-0'].flatMap((target) => [target, ':http']);
  const forward = rig.forward(...words, '--transport', 'apiserver');
  await forward.until(/Ready: 5 of 5 lanes/);
  for (const target of [...targets.map(([, name]) => name), 'po/web-0']) {
    const [, port] = new RegExp(`127\\.0\\.0\\.1:(\\d+) -> default/${target}:http`).exec(forward.stdout) ?? [];
    t.equal(await ask(Number(port), target), target);
  }
});

t.test('UDP goes where pods are reached directly', async (t) => {
  const rig = await startForwardRig(t);
  const { endpoint } = await udpBackend(t, 'pod');
  const [service, slice] = serviceWithPods('dns', ['dns-a']);
  if (!service || !slice) throw new Error('a Service has two objects');
  const conditions = { ready: true, serving: true, terminating: false };
  rig.api.set(service);
  rig.api.set({
    ...slice,
    ports: [{ name: 'dns', port: endpoint.port, protocol: 'UDP' }],
    endpoints: [{ addresses: ['127.0.0.1'], conditions, targetRef: { kind: 'Pod', name: 'dns-a' } }],
  });
  const client = await udpSocket(t);
  const local = await udpSocket(t);
  const port = local.address().port;
  await new Promise<void>((resolve) => local.close(resolve));
  for (const transport of ['direct', 'auto']) {
    const forward = rig.forward('svc/dns', `${port}:53/udp`, '--transport', transport);
    await forward.until(/Ready: 1 of 1 lane/);
    if (transport === 'auto') {
      t.match(
        forward.stdout,
        /transport auto -> direct \(pod network routable: 127\.0\.0\.1 (accepted|ECONNREFUSED) \d+ms\)/,
      );
    }
    t.match(forward.stdout, `Forwarding from 127.0.0.1:${port} -> default/dns:53/udp`);
    t.equal(String((await askUdp(client, port, 'who')).bytes), 'pod:who', transport);
    forward.kill('SIGTERM');
    await forward.exit;
  }
});

t.test('a browser, or curl, reaches Services and pods by name through --socks', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  rig.ports[8080] = (toPod, fromPod) => {
    toPod.once('data', () => fromPod.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  };
  const forward = rig.forward('--socks', '127.0.0.1:0', '--dns', '127.0.0.1:0', '--transport', 'apiserver');
  const [, front = ''] = await forward.until(/SOCKS5 and HTTP CONNECT at (\S+):[\s\S]*DNS at [\s\S]*Ready/);
  const { stdout } = await run('curl', ['-sS', '-m', '10', '-x', `socks5h://${front}`, 'http://web.default/'], {
    env: { PATH: process.env.PATH },
  });
  t.equal(stdout, 'ok');
});
