import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { addDeployment, ask, readyPod, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';

t.test('a Service is forwarded through the API server, in the words of kubectl', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a', 'web-b', 'web-c'])) rig.api.set(object);
  const port = await freePort();
  const file = `${rig.folder}/ports.json`;
  const forward = rig.forward('svc/web', `${port}:http`, '--transport', 'apiserver', '--ports-file', file);
  await forward.until(/Ready: 1 of 1 lane\. API unix:/);
  const [context, line] = forward.stdout.split('\n');
  t.equal(context, 'Context fake · namespace default · transport apiserver');
  t.equal(line, `Forwarding from 127.0.0.1:${port} -> default/web:http  (3 ready pods, roundrobin)`);
  t.equal(await ask(port, 'hello'), 'hello');
  t.equal(await ask(port, 'hello', '::1'), 'hello', 'localhost is both');
  const ports = JSON.parse(readFileSync(file, 'utf8'));
  t.match(ports, { apiVersion: 'svclane.dev/v1alpha1', kind: 'Ports', pid: forward.pid, context: 'fake' });
  t.match(ports.lanes[0], { target: 'default/web', port: 'http', protocol: 'tcp', localPort: port, ready: 3 });
  const pods = new Set(rig.kubelet.requests.map((path) => /pods\/([^/]+)/.exec(path)?.[1]));
  t.ok(pods.size > 1, 'connections are balanced');
  forward.kill('SIGINT');
  t.equal(await forward.exit, 130);
  t.notOk(existsSync(file));
});

t.test('several targets, several ports, workloads, and UDP that is refused', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  addDeployment(rig);
  rig.api.set(readyPod('web-x', 1, 8080));
  rig.api.set(readyPod('web-y', 2, 9090));
  rig.ports[9090] = (_toPod, fromPod) => void fromPod.write('nine');
  const args = [
    'svc/web',
    ':http',
    '5353:53/udp',
    'deploy/web',
    ':http',
    'po/web-x',
    ':8080',
    '--transport',
    'apiserver',
  ];
  const forward = rig.forward(...args);
  await forward.until(/Ready: 3 of 4 lanes/);
  t.match(forward.stderr, /^error: default\/web 53\/udp: UDP cannot cross the API server \(NeedsDirectTransport\)$/m);
  t.match(
    forward.stderr,
    /^hint: {2}run where pod IPs are routable \(--transport direct\), or forward the TCP port: svc\/web 5353:53$/m,
  );
  t.match(forward.stdout, /-> default\/deploy\/web:http +\(2 ready pods, roundrobin\)$/m);
  t.match(forward.stdout, /-> default\/po\/web-x:8080 +\(1 ready pod\)$/m);
  const port = Number(/127\.0\.0\.1:(\d+) -> default\/deploy\/web/.exec(forward.stdout)?.[1]);
  const answers = new Set([await ask(port, 'hello'), await ask(port, 'hello')]);
  t.same([...answers].sort(), ['hello', 'nine'], 'each pod at its own number');
});

t.test('pods that come and go are told in lines, and the local port stays', async (t) => {
  const rig = await startForwardRig(t);
  addDeployment(rig);
  rig.api.set(readyPod('web-x', 1, 8080));
  const forward = rig.forward('deploy/web', ':http', '--transport', 'apiserver');
  const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> [\s\S]*Ready: 1 of 1/);
  rig.api.remove('Pod', 'default', 'web-x');
  await forward.until(/^\d\d:\d\d:\d\d web-x is gone$/m);
  await forward.until(/default\/deploy\/web:http has no ready pod: new conns wait for one/);
  const waiting = ask(Number(port), 'hello');
  rig.api.set(readyPod('web-y', 2, 8080));
  await forward.until(/web-y ready: takes new conns/);
  t.equal(await waiting, 'hello', 'who waited goes on');
});

t.test('an API server that is away and back leaves the local port, and clients wait for it', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> [\s\S]*Ready: 1 of 1/);
  t.equal(await ask(Number(port), 'one'), 'one');
  await rig.stop();
  await forward.until(/cannot reach the API server .*: lanes stay, pods are those known last/);
  const waiting = ask(Number(port), 'two');
  await rig.restart();
  t.equal(await waiting, 'two');
  await forward.until(/the API server is followed again/);
});

t.test('a command gets the variables, and its exit code is ours', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const script = 'echo $WEB_HOST:$WEB_PORT $WEB_SERVICE_PORT_HTTP $SVCLANE_HOST; exit 7';
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver', '--', 'sh', '-c', script);
  t.equal(await forward.exit, 7);
  const [, port] = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(forward.stderr) ?? [];
  t.match(
    forward.stdout,
    new RegExp(`^127\\.0\\.0\\.1:${port} ${port} unix:.*admin\\.sock\\n$`),
    'nothing else is in its output',
  );
  const missing = rig.forward('svc/web', ':http', '--transport', 'apiserver', '--', '/no/such/command');
  t.equal(await missing.exit, 127);
  const stopped = rig.forward('svc/web', ':http', '--', 'sh', '-c', 'echo go; exec sleep 60');
  await stopped.until(/^go$/m);
  stopped.kill('SIGTERM');
  t.equal(await stopped.exit, 143, 'a signal is passed on');
});
