/**
 * What a laptop does to a forward: it sleeps, its credentials expire, its kubeconfig changes.
 */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../fixtures/eventually.ts';
import { ask, portOf, serviceWithPods, startForwardRig, startWebRig, stay } from '../fixtures/forward-rig.ts';

const JUMPING_CLOCK = new URL('../faults/preload/run-jumping-clock.ts', import.meta.url).href;
const CLOSED_PORT = 9000;

t.test('after sleep the tunnels are asked at once, and lanes and connections stay', async (t) => {
  const rig = await startWebRig(t);
  const forward = rig.forwardWith(
    { nodeArgs: ['--import', JUMPING_CLOCK] },
    'svc/web',
    ':http',
    '--transport',
    'apiserver',
  );
  const port = await portOf(forward);
  const client = await stay(t, port);
  t.notOk(rig.kubelet.seen.includes('ping'));
  forward.kill('SIGWINCH');
  await eventually(() => rig.kubelet.seen.includes('ping'));
  t.ok(rig.kubelet.seen.includes('ping'));
  const answer = once(client, 'data');
  client.write('still');
  t.equal(String((await answer)[0]), 'still');
  t.equal(await ask(port, 'new'), 'new');
});

t.test('a tunnel that died in the sleep costs a new client time, and no error', async (t) => {
  const rig = await startWebRig(t);
  const forward = rig.forwardWith(
    { nodeArgs: ['--import', JUMPING_CLOCK] },
    'svc/web',
    ':http',
    '--transport',
    'apiserver',
  );
  const port = await portOf(forward);
  await stay(t, port);
  for (const webSocket of rig.kubelet.sockets) webSocket.pause();
  forward.kill('SIGWINCH');
  t.equal(await ask(port, 'hello'), 'hello');
});

t.test('a token that has expired is read anew, for watches and for tunnels', async (t) => {
  const rig = await startWebRig(t);
  const token = `${rig.folder}/token`;
  writeFileSync(token, 'old');
  rig.api.tokens.add('old');
  rig.writeKubeconfig((text) => text.replace('"user":{}', `"user":{"tokenFile":${JSON.stringify(token)}}`));
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const port = await portOf(forward);
  t.equal(await ask(port, 'one'), 'one');
  const client = await stay(t, port);
  writeFileSync(token, 'fresh');
  rig.api.tokens.clear();
  rig.api.tokens.add('fresh');
  const watches = rig.api.requests.length;
  for (const watch of rig.api.watches) watch.end();
  await eventually(() =>
    rig.api.requests.slice(watches).some(({ headers }) => headers.authorization === 'Bearer fresh'),
  );
  for (const object of serviceWithPods('web', ['web-a', 'web-b'])) rig.api.set(object);
  await forward.until(/web-b ready: takes new conns/);
  rig.kubelet.refusals.push(401);
  t.same(await Promise.all([ask(port, 'two'), ask(port, 'three')]), ['two', 'three']);
  t.same(rig.kubelet.refusals, [], 'a tunnel was refused for its token');
  const answer = once(client, 'data');
  client.write('still');
  t.equal(String((await answer)[0]), 'still', 'what lives goes on');
});

t.test('a context that vanishes from the kubeconfig is told of, and the forward goes on', async (t) => {
  const rig = await startWebRig(t);
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const port = await portOf(forward);
  rig.writeKubeconfig((text) => text.replaceAll('"fake"', '"other"'));
  await forward.until(/no context "fake".*: going on with what was read before/);
  t.equal(await ask(port, 'still'), 'still');
  rig.writeKubeconfig(() => 'no kubeconfig: {');
  await forward.until(
    /(?:kubeconfig|YAML|yaml).*: going on with what was read before[\s\S]*going on with what was read before/,
  );
  t.equal(await ask(port, 'again'), 'again');
});

t.test('a pod whose port refuses is passed over, and it is told', async (t) => {
  const rig = await startForwardRig(t);
  const [service, slice] = serviceWithPods('web', ['web-a']);
  if (!service || !slice) throw new Error('a Service has two objects');
  const dead = {
    ...slice,
    metadata: { ...slice.metadata, name: 'web-2' },
    ports: [{ name: 'http', port: CLOSED_PORT, protocol: 'TCP' }],
  };
  const endpoint = {
    addresses: ['10.244.1.9'],
    conditions: { ready: true },
    targetRef: { kind: 'Pod', name: 'web-dead' },
  };
  for (const object of [service, slice, { ...dead, endpoints: [endpoint] }]) rig.api.set(object);
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const port = await portOf(forward);
  for (let i = 0; i < 4; i++) t.equal(await ask(port, `client ${i}`), `client ${i}`);
  await forward.until(/dial of web-dead for default\/web failed: ECONNREFUSED/);
});

t.test('a pod that refuses after its grace resets the client, and it is told', async (t) => {
  const rig = await startWebRig(t);
  rig.ports[8080] = (toPod, fromPod) => {
    toPod.once('data', () => fromPod.destroy(new Error('dial tcp4 127.0.0.1:8080: connect: connection refused')));
  };
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  await t.rejects(ask(await portOf(forward), 'hello'), { code: 'ECONNRESET' });
  await forward.until(/web-a refused a conn of default\/web when it counted as made: its client was reset/);
});
