/**
 * `svclane forward --hosts auto`: addresses of their own, and the names that lead there.
 */

import type { Resolver } from 'node:dns/promises';
import t from 'tap';
import { resolverOf } from '../fixtures/dns.ts';
import { freePort } from '../fixtures/echo-backends.ts';
import type { FakeObject } from '../fixtures/fake-api-store.ts';
import { ask, type ForwardRig, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

/** One above those that need rights, the same for all. */
/** Nobody has it, at any address of loopback. */
const PORT = await freePort();

/** Service web, and a headless one with two pods of a StatefulSet, both at one port; and one that stands for another name. */
function addServices(rig: ForwardRig): void {
  const ports = [{ name: 'http', port: PORT, protocol: 'TCP', targetPort: 8080 }];
  const [web, webSlice] = serviceWithPods('web', ['web-a']);
  const [db, dbSlice] = serviceWithPods('db', []);
  if (!web || !webSlice || !db || !dbSlice) throw new Error('a Service has two objects');
  const pods = ['db-0', 'db-1'].map((name, index) => ({
    addresses: [`10.244.2.${index + 1}`],
    hostname: name,
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: { kind: 'Pod', name },
  }));
  const external: FakeObject = {
    ...web,
    metadata: { namespace: 'default', name: 'away' },
    spec: { type: 'ExternalName', externalName: 'db.example.com' },
  };
  rig.api.set({ ...web, spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports } });
  rig.api.set(webSlice);
  rig.api.set({ ...db, spec: { type: 'ClusterIP', clusterIP: 'None', ports } });
  rig.api.set({ ...dbSlice, endpoints: pods });
  rig.api.set(external);
}

/** The first address of a name. */
async function addressOf(resolver: Resolver, name: string): Promise<string> {
  return (await resolver.resolve4(name))[0] ?? '';
}

t.test('each Service has its own address with its true port, and every name of it leads there', async (t) => {
  const rig = await startForwardRig(t);
  addServices(rig);
  const forward = rig.forward('--hosts', 'auto', '--transport', 'apiserver');
  const [, port] = await forward.until(/DNS at 127\.0\.0\.1:(\d+): dig @127\.0\.0\.1[\s\S]*Ready: 2 of 2 lanes/);
  const resolver = resolverOf({ address: '127.0.0.1', port: Number(port) });
  const web = await addressOf(resolver, 'web');
  const db = await addressOf(resolver, 'db');
  t.match(forward.stdout, `Forwarding from ${web}:${PORT} -> default/web:http`);
  t.match(forward.stdout, `Forwarding from ${db}:${PORT} -> default/db:http`);
  t.not(web, db);
  t.match(forward.stdout, /resolvectl|\/etc\/resolver|dnsmasq/, 'how to have the system ask is printed');
  for (const name of ['web.default', 'web.default.svc', 'web.default.svc.cluster.local', 'WEB.Default']) {
    t.equal(await addressOf(resolver, name), web, name);
  }
  t.equal(await ask(PORT, 'to web', web), 'to web');
  t.equal(await ask(PORT, 'to db', db), 'to db');
  await t.rejects(ask(PORT, 'nobody', '127.0.0.1'), { code: 'ECONNREFUSED' }, 'there is no lane at localhost');
});

t.test('SRV, PTR, names of pods, ExternalNames, and names that nobody has', async (t) => {
  const rig = await startForwardRig(t);
  addServices(rig);
  const forward = rig.forward('--hosts', 'auto', '--dns', '127.0.0.1:0', '--transport', 'apiserver');
  const [, port] = await forward.until(/DNS at 127\.0\.0\.1:(\d+): dig[\s\S]*Ready: 2 of 2 lanes/);
  const resolver = resolverOf({ address: '127.0.0.1', port: Number(port) });
  const web = await addressOf(resolver, 'web.default');
  const domain = 'default.svc.cluster.local';
  t.match(await resolver.resolveSrv(`_http._tcp.web.${domain}`), [{ name: `web.${domain}`, port: PORT }]);
  t.same(await resolver.reverse(web), [`web.${domain}`]);
  t.equal(await addressOf(resolver, `db-1.db.${domain}`), '10.244.2.2', 'a pod of a headless Service has its own');
  t.same(await resolver.resolveCname(`away.${domain}`), ['db.example.com']);
  await t.rejects(resolver.resolve4(`nobody.${domain}`), { code: 'ENOTFOUND' });
  await t.rejects(resolver.resolve4('example.com'), { code: 'EREFUSED' }, 'what is not of the cluster');
});

t.test(
  'a lane beside the own address is made where a local port was typed, and a target alone has its names',
  async (t) => {
    const rig = await startForwardRig(t);
    addServices(rig);
    const forward = rig.forward('svc/web', ':http', 'svc/db', '--hosts', 'auto', '--transport', 'apiserver');
    const [, dns] = await forward.until(/DNS at 127\.0\.0\.1:(\d+): dig[\s\S]*Ready: 3 of 3 lanes/);
    const resolver = resolverOf({ address: '127.0.0.1', port: Number(dns) });
    const [, local] = /Forwarding from 127\.0\.0\.1:(\d+) -> default\/web:http/.exec(forward.stdout) ?? [];
    t.equal(await ask(Number(local), 'here'), 'here');
    t.equal(await ask(PORT, 'and there', await addressOf(resolver, 'web')), 'and there');
  },
);

t.test('a record of it has the own addresses: offline the answers are the same', async (t) => {
  const rig = await startForwardRig(t);
  addServices(rig);
  const forward = rig.forward('--hosts', 'auto', '--transport', 'apiserver');
  const [, host = ''] = await forward.until(/API (unix:\S+)/);
  const bundle = `${rig.folder}/run.jsonl`;
  const run = async (...args: string[]) => {
    const svclane = startSvclane(args, { env: { ...rig.env, SVCLANE_HOST: host } });
    return { code: await svclane.exit, stdout: svclane.stdout, stderr: svclane.stderr };
  };
  t.match(await run('record', '-o', bundle, '--once'), { code: 0, stderr: /^1 revision/ });
  t.match(await run('replay', bundle), { code: 0 });
  const live = await run('get', 'routes', '-o', 'jsonpath={.items[*].frontend}');
  const offline = await run('get', 'routes', '-o', 'jsonpath={.items[*].frontend}', '--bundle', bundle);
  t.match(live.stdout, /127\.77\./);
  t.same(offline, live);
});
