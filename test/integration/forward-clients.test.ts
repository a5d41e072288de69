/**
 * What many clients, slow ones and broken ones do to a forward.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { ask, portOf, serviceWithPods, startForwardRig, startWebRig, stay } from '../fixtures/forward-rig.ts';

/** More than is held for somebody who does not read. */
const FLOOD = 16 * 1024 * 1024;

t.test('a thousand clients at once get their answers, balanced over the pods', async (t) => {
  const rig = await startWebRig(t, ['web-a', 'web-b', 'web-c']);
  const port = await portOf(rig.forward('svc/web', ':http', '--transport', 'apiserver'));
  const texts = Array.from({ length: 1000 }, (_, i) => `client ${i}`);
  t.same(await Promise.all(texts.map((text) => ask(port, text))), texts);
  const pods = new Set(rig.kubelet.requests.map((path) => /pods\/([^/]+)/.exec(path)?.[1]));
  t.equal(pods.size, 3);
});

t.test(
  'fifty lanes are served by one process of less than 200 MB',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const rig = await startForwardRig(t);
    const names = Array.from({ length: 50 }, (_, i) => `svc-${i}`);
    for (const name of names) for (const object of serviceWithPods(name, [`${name}-a`])) rig.api.set(object);
    const forward = rig.forward('--all', '--transport', 'apiserver');
    await forward.until(/Ready: 50 of 50 lanes/);
    const ports = [...forward.stdout.matchAll(/Forwarding from 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    t.same(
      await Promise.all(ports.map((port) => ask(port, `to ${port}`))),
      ports.map((port) => `to ${port}`),
    );
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${forward.pid}/status`, 'utf8')) ?? [];
    t.ok(Number(kilobytes) < 200_000, `${kilobytes} kB`);
  },
);

t.test('a client that does not read stops himself alone: other lanes, and others of his pod, are served', async (t) => {
  const rig = await startWebRig(t);
  for (const object of serviceWithPods('api', ['api-a'])) rig.api.set(object);
  rig.ports[8080] = (toPod, fromPod) => {
    toPod.once('data', (first) => {
      fromPod.write(String(first) === 'flood' ? Buffer.alloc(FLOOD) : first);
    });
  };
  const forward = rig.forward('svc/web', ':http', 'svc/api', ':http', '--transport', 'apiserver');
  await forward.until(/Ready: 2 of 2/);
  const [web = 0, api = 0] = [...forward.stdout.matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port));
  const stalled = connect(web, '127.0.0.1').pause();
  t.teardown(() => stalled.destroy());
  stalled.write('flood');
  await once(stalled, 'readable');
  for (let i = 0; i < 5; i++) {
    t.equal(await ask(api, `lane ${i}`), `lane ${i}`);
    t.equal(await ask(web, `pod ${i}`), `pod ${i}`);
  }
});

t.test('a client that breaks off in the middle leaves the lane, and the others', async (t) => {
  const rig = await startWebRig(t);
  const port = await portOf(rig.forward('svc/web', ':http', '--transport', 'apiserver'));
  const other = await stay(t, port);
  for (let i = 0; i < 20; i++) {
    const broken = await stay(t, port);
    broken.write(Buffer.alloc(1_000_000));
    broken.resetAndDestroy();
  }
  const answer = once(other, 'data');
  other.write('still');
  t.equal(String((await answer)[0]), 'still');
  t.equal(await ask(port, 'new'), 'new');
});
