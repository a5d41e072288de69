import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { ask, type ForwardRig, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { type SvclaneProcess, startSvclane } from '../fixtures/svclane-process.ts';

function add(rig: ForwardRig, name: string): void {
  for (const object of serviceWithPods(name, [`${name}-a`])) rig.api.set(object);
}

/** Its slice is what the cluster's garbage collector takes later. */
function remove(rig: ForwardRig, name: string): void {
  rig.api.remove('Service', 'default', name);
}

const SELECTIONS: readonly [string, readonly string[]][] = [
  ['all of a namespace', ['--all']],
  ['all of all namespaces', ['-A']],
  ['all, beside names', ['--all', '--dns', '127.0.0.1:0']],
];

for (const [name, args] of SELECTIONS) {
  t.test(`a Service that comes later gets its lane, and one that goes loses it: ${name}`, async (t) => {
    const rig = await startForwardRig(t);
    add(rig, 'api');
    const file = `${rig.folder}/ports.json`;
    const forward = rig.forward(...args, '--transport', 'apiserver', '--ports-file', file);
    await forward.until(/Ready: 1 of 1 lane/);
    add(rig, 'web');
    const [, port] = await forward.until(
      /^\d\d:\d\d:\d\d Forwarding from 127\.0\.0\.1:(\d+) -> default\/web:http {2}\((1 ready|no ready) pod/m,
    );
    t.equal(await ask(Number(port), 'hello'), 'hello');
    t.match(JSON.parse(readFileSync(file, 'utf8')).lanes, [
      { target: 'default/api' },
      {},
      { target: 'default/web' },
      {},
    ]);
    remove(rig, 'web');
    await forward.until(new RegExp(`^[\\d:]+ default/web:http is gone: 127\\.0\\.0\\.1:${port} is closed$`, 'm'));
    await t.rejects(ask(Number(port), 'hello'), { code: 'ECONNREFUSED' });
    t.notMatch(forward.stdout, /default\/web:http has no ready pod/, 'nobody is told to wait');
    t.equal(JSON.parse(readFileSync(file, 'utf8')).lanes.length, 2);
    add(rig, 'web');
    await forward.until(new RegExp(`is closed\\n[\\s\\S]*Forwarding from 127\\.0\\.0\\.1:${port} -> default/web:http`));
    t.equal(await ask(Number(port), 'again'), 'again', 'who comes back has the same port');
  });
}

t.test('a label makes a lane and takes it away, and what lives goes on', async (t) => {
  const rig = await startForwardRig(t);
  add(rig, 'web');
  add(rig, 'api');
  for (const names of [[], ['--dns', '127.0.0.1:0']]) {
    const forward = rig.forward('-l', 'app=web', '--transport', 'apiserver', ...names);
    const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> default\/web:http[\s\S]*Ready: 1 of 1 lane/);
    const client = connect(Number(port), '127.0.0.1');
    t.teardown(() => client.destroy());
    const answer = new Promise((resolve) => client.on('data', (data) => resolve(String(data))));
    const [web, slice] = serviceWithPods('web', ['web-a']);
    const flow = ask(Number(port), 'first');
    t.equal(await flow, 'first');
    if (!web || !slice) throw new Error('a Service has two objects');
    rig.api.set({ ...web, metadata: { ...web.metadata, labels: { app: 'other' } } });
    await forward.until(/default\/web:http is gone/);
    client.write('still');
    t.equal(await answer, 'still');
    rig.api.set(web);
    await forward.until(/is gone[\s\S]*Forwarding from \S+ -> default\/web:http {2}\(1 ready pod\)/);
    forward.kill('SIGKILL');
    await forward.exit;
  }
});

t.test('a port that a chosen Service gets has a lane of its own', async (t) => {
  const rig = await startForwardRig(t);
  add(rig, 'web');
  const [web] = serviceWithPods('web', []);
  if (!web) throw new Error('there is no Service');
  const forward = rig.forward('--all', '--transport', 'apiserver');
  await forward.until(/Ready: 1 of 1 lane/);
  const ports = [
    { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 },
    { name: 'admin', port: 81, protocol: 'TCP', targetPort: 8081 },
  ];
  rig.api.set({ ...web, spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports } });
  await forward.until(/Forwarding from \S+ -> default\/web:admin/);
  t.equal(forward.stdout.match(/web:http/g)?.length, 1, 'the other lane is as it was');
});

t.test('a Service that was named keeps its port when it goes, and its clients wait for it', async (t) => {
  const rig = await startForwardRig(t);
  add(rig, 'web');
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> [\s\S]*Ready: 1 of 1/);
  remove(rig, 'web');
  rig.api.remove('EndpointSlice', 'default', 'web-1');
  await forward.until(/default\/web:http has no ready pod: new conns wait for one/);
  const waiting = ask(Number(port), 'hello');
  add(rig, 'web');
  t.equal(await waiting, 'hello');
  t.notMatch(forward.stdout, /is closed/);
});

t.test('a Service that comes gets its own address with --hosts auto, and it is told', async (t) => {
  const rig = await startForwardRig(t);
  const port = await freePort();
  const ports = [{ name: 'http', port, protocol: 'TCP', targetPort: 8080 }];
  const set = (name: string): void => {
    const [service, slice] = serviceWithPods(name, [`${name}-a`]);
    if (!service || !slice) throw new Error('a Service has two objects');
    rig.api.set({ ...service, spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports } });
    rig.api.set(slice);
  };
  set('api');
  const forward = rig.forward('--hosts', 'auto', '--transport', 'apiserver');
  await forward.until(/Ready: 1 of 1 lane/);
  set('web');
  const [, address] = await forward.until(
    new RegExp(`^[\\d:]+ Forwarding from (127\\.77\\.\\d+\\.\\d+):${port} -> default/web:http`, 'm'),
  );
  t.equal(await ask(port, 'hello', address), 'hello');
  rig.api.remove('Service', 'default', 'web');
  await forward.until(new RegExp(`default/web:http is gone: 127\\.77\\.\\d+\\.\\d+:${port} is closed`));
});

t.test('a Service that was named and is deleted is told of at once, and when it is back', async (t) => {
  const rig = await startForwardRig(t);
  const [service, slice] = serviceWithPods('web', ['web-a']);
  if (!service || !slice) throw new Error('a Service has two objects');
  for (const object of [service, slice]) rig.api.set(object);
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> [\s\S]*Ready: 1 of 1/);
  remove(rig, 'web');
  await forward.until(/^[\d:]+ default\/web is deleted: its local ports stay, its pods serve as long as /m);
  t.equal(await ask(Number(port), 'hello'), 'hello', 'its slice is still there');
  rig.api.set(service);
  await forward.until(/^[\d:]+ default\/web is there again$/m);
});

t.test('what is asked of a forward needs no -n: its namespace is meant', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'], 'shop')) rig.api.set(object);
  const forward = rig.forward('-n', 'shop', 'svc/web', ':http', '--transport', 'apiserver');
  await forward.until(/Ready: 1 of 1/);
  const run = async (...args: string[]): Promise<SvclaneProcess> => {
    const process = startSvclane(args, { env: rig.env });
    await process.exit;
    return process;
  };
  for (const command of ['explain', 'history', 'describe', 'top']) {
    const { output } = await run(
      command,
      'svc/web:http',
      ...(command === 'top' ? ['--once', '--interval', '200ms'] : []),
    );
    t.match(output, /shop/, command);
    t.notMatch(output, /error:/, command);
  }
  const { stderr } = await run('explain', 'svc/wbe');
  t.equal(stderr, 'error: there is no Service "wbe" in namespace "shop"\nhint: did you mean svc/web?\n');
});
