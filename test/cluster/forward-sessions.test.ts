/**
 * What somebody types on a laptop, as the design of the command line shows it, and what it answers: Service web with three
 * pods, redis with one, dns with UDP, all in namespace shop.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { end, PATIENCE, said, startForwardLab } from './rig/forward-lab.ts';

const NAMESPACE = 'shop';
/** Clients that stay: as many as are told to come, each on a connection of its own, and the pod that answered each. */
const CLIENTS = `
const { Agent, get } = require('node:http');
const [url, count] = process.argv.slice(1);
const ask = () => new Promise((resolve, reject) => {
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 1e6, timeout: 0 });
  get(url, { agent }, (answer) => answer.setEncoding('utf8').on('data', resolve)).on('error', reject);
});
(async () => {
  const pods = [];
  for (let i = 0; i < Number(count); i++) pods.push(await ask());
  console.log(JSON.stringify(pods));
  setInterval(() => {}, 1e6);
})();`;

const lab = await startForwardLab();
t.teardown(() => lab.cluster.stop());
await lab.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
await lab.createDeployment('web', 3, { namespace: NAMESPACE });
await lab.createDeployment('redis', 1, { namespace: NAMESPACE, port: 6379, portName: 'redis' });
await lab.createService(
  'web',
  { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  NAMESPACE,
);
await lab.createService(
  'redis',
  { selector: { app: 'redis' }, ports: [{ port: 6379, targetPort: 'redis' }] },
  NAMESPACE,
);
await lab.createService(
  'dns',
  { selector: { app: 'web' }, ports: [{ port: 53, protocol: 'UDP', targetPort: 53 }] },
  NAMESPACE,
);
for (const [app, count] of [
  ['web', 3],
  ['redis', 1],
] as const) {
  await eventually(`${app} is ready`, async () => (await lab.readyPods(app, NAMESPACE)).length === count, PATIENCE);
}

const typed = '-n shop svc/web 8080:http svc/redis :6379 svc/dns 5353:53/udp --ports-file ports.json';
const forward = lab.start(...typed.split(' '));
t.teardown(() => end(forward));
await said(forward, /Ready:/);

await t.test('forward tells its way, its lanes, and what cannot be forwarded', async (t) => {
  const output = forward.output();
  const address = String.raw`\d+\.\d+\.\d+\.\d+ E[A-Z]+ \d+ms`;
  const way = String.raw`transport auto -> apiserver \(pod network not routable: ${address}(, ${address})*\)`;
  t.match(output, new RegExp(`^Context rig · namespace shop · ${way}$`, 'm'));
  t.match(output, /^Forwarding from 127\.0\.0\.1:8080 -> shop\/web:http {5,7}\(3 ready pods, roundrobin\)$/m);
  t.match(output, /^Forwarding from 127\.0\.0\.1:\d+ -> shop\/redis:6379 {2,4}\(1 ready pod\)$/m);
  const columns = output
    .split('\n')
    .filter((line) => line.startsWith('Forwarding'))
    .map((line) => line.indexOf('('));
  t.equal(new Set(columns).size, 1, 'what stands behind is in one column');
  const order = ['Context', 'Forwarding', 'error: shop/dns', 'Ready'].map((start) => output.indexOf(start));
  t.same(
    order,
    order.toSorted((one, other) => one - other),
    'the context comes first, and what is wrong behind the lanes',
  );
  t.match(
    output,
    [
      'error: shop/dns 53/udp: UDP cannot cross the API server (NeedsDirectTransport)',
      'hint:  run where pod IPs are routable (--transport direct), or forward the TCP port: svc/dns 5353:53',
    ].join('\n'),
  );
  t.match(output, /^Ready: 2 of 3 lanes\. API unix:\S+$/m);
});

await t.test('the ports file has the lanes that there are', async (t) => {
  const { lanes } = JSON.parse(readFileSync(join(lab.home, 'ports.json'), 'utf8'));
  const [web, redis] = [/127\.0\.0\.1:(\d+) -> shop\/web/, /127\.0\.0\.1:(\d+) -> shop\/redis/].map((pattern) =>
    Number(pattern.exec(forward.output())?.[1]),
  );
  const told = lanes.map(({ target, localPort, ready }: Readonly<Record<string, unknown>>) => [
    target,
    localPort,
    ready,
  ]);
  for (const lane of [
    ['shop/web', web, 3],
    ['shop/redis', redis, 1],
  ])
    t.ok(told.some((one: unknown) => String(one) === String(lane)));
  t.equal(await lab.get(redis ?? 0), (await lab.readyPods('redis', NAMESPACE))[0]);
});

await t.test('override sends clients to this machine, and to the cluster when it refuses', async (t) => {
  const local = await lab.startLocal(3000);
  t.teardown(() => end(local));
  const answer = await lab.svclane('override', 'svc/web=localhost:3000', '--fallback', 'cluster', '--ttl', '1h');
  t.match(answer, /^web: localhost:3000 first \(probe ok \d+ms\), cluster when refused\. Expires \d\d:\d\d:\d\d\.\n$/);
  t.equal(await lab.get(8080), 'local');
  t.match(await lab.svclane('get', 'overrides'), /shop +web .*localhost:3000/);
  t.match(await lab.svclane('explain', 'svc/web', '-n', 'shop'), /OVERRIDE/);
  await end(local);
  t.match(await lab.get(8080), /^web-/);
  await lab.svclane('override', '--delete', 'svc/web');
});

await t.test('fault delays every answer, resets some, and is seen while it lasts', async (t) => {
  const answer = await lab.svclane('fault', 'svc/redis', '--latency', '300ms', '--reset', '2%', '--ttl', '10m');
  t.match(answer, /^redis: latency 300ms, reset 2%, for new flows\. Expires \d\d:\d\d:\d\d\.\n$/);
  const [, port] = /127\.0\.0\.1:(\d+) -> shop\/redis/.exec(forward.output()) ?? [];
  const tookMs = await eventually('a client that is not reset is answered', async () => {
    const startMs = Date.now();
    await lab.get(Number(port));
    return Date.now() - startMs;
  });
  t.ok(tookMs >= 300, `${tookMs} ms`);
  t.match(await lab.svclane('get', 'faults'), /shop +redis .*300ms/);
  await lab.svclane('fault', '--delete', 'svc/redis');
});

await t.test('a pod that ends is told with what drains, and where new connections go', async (t) => {
  const before = await lab.readyPods('web', NAMESPACE);
  const clients = lab.process('clients', process.execPath, '-e', CLIENTS, 'http://127.0.0.1:8080/hostname', '6');
  t.teardown(() => end(clients));
  await said(clients, /\]/);
  const pods: readonly string[] = JSON.parse(clients.output());
  const [victim = '', ...others] = before;
  t.equal(pods.filter((pod) => pod === victim).length, 2, 'six clients are two for each');
  await lab.cluster.api.request('DELETE', `/api/v1/namespaces/${NAMESPACE}/pods/${victim}`);
  const names = `(${others.join(', ')}|${others.toReversed().join(', ')})`;
  const line = new RegExp(
    `^\\d\\d:\\d\\d:\\d\\d ${victim} terminating: 2 open conns draining, new conns -> ${names}$`,
    'm',
  );
  await said(forward, line);
  for (let i = 0; i < 4; i++) t.not(await lab.get(8080), victim);
});

await t.test('with --hosts auto names lead to an address of its own, with the true port', async (t) => {
  const hosts = lab.start('-n', 'shop', '--hosts', 'auto', '--dns', '127.0.0.1:15353', '--transport', 'apiserver');
  t.teardown(() => end(hosts));
  await said(hosts, /Ready:/);
  const code = `const r = new (require('node:dns/promises').Resolver)(); r.setServers(['127.0.0.1:15353']);
    (async () => {
      const [address] = await r.resolve4('web.shop');
      const [srv] = await r.resolveSrv('_http._tcp.web.shop.svc.cluster.local');
      console.log(JSON.stringify({ address, port: srv.port, names: await r.reverse(address) }));
    })()`;
  const { address, port, names } = JSON.parse(await lab.onLaptop(process.execPath, '-e', code));
  t.match(address, /^127\.77\./);
  t.equal(port, 80);
  t.same(names, ['web.shop.svc.cluster.local']);
  t.match(hosts.output(), `Forwarding from ${address}:80 -> shop/web:http`);
  t.match(await lab.get(80, { host: address }), /^web-/);
});

await t.test('--all follows the Services of its namespace', async (t) => {
  const all = lab.start('-n', 'shop', '--all', '--transport', 'apiserver');
  t.teardown(() => end(all));
  await said(all, /Ready: 2 of 2/);
  await lab.createService(
    'later',
    { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    NAMESPACE,
  );
  const lane = /Forwarding from 127\.0\.0\.1:(\d+) -> shop\/later:http/;
  const [, port] = await said(all, lane);
  t.match(await lab.get(Number(port)), /^web-/);
  await lab.cluster.api.request('DELETE', `/api/v1/namespaces/${NAMESPACE}/services/later`);
  await said(all, /shop\/later:http is gone/);
});
