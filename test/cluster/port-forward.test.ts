/**
 * The apiserver transport on a real API server, kubelet, container runtime and pods, in both protocols.
 */

import t from 'tap';
import { type CallDriver, startDriver } from '../fixtures/port-forward-calls.ts';
import { POD_PORTS } from '../fixtures/port-forward-pod.ts';
import { IMAGE_PREFIX } from './build/images.ts';
import { startCluster } from './rig/cluster.ts';
import { eventually } from './rig/eventually.ts';

const MEGABYTE = 1_048_576;
const cluster = await startCluster({ nodes: 1 });
t.teardown(() => cluster.stop());
await startPod('echo');

for (const [name, protocol] of [
  ['tunnels', ''],
  ['channels', 'v4.channel.k8s.io'],
] as const) {
  await t.test(`by ${name}`, async (t) => {
    const call = await startDriver(cluster.run, cluster.lan.netns, cluster.kubeconfig('admin'), protocol);

    await t.test('many connections at once each get their own answers', async (t) => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => open(call, 'echo', POD_PORTS.echo)));
      const texts = ids.map((id) => `mine ${id}\n`);
      await Promise.all(ids.map((id, i) => call('say', { id, text: texts[i] ?? '', fin: false })));
      t.same(await Promise.all(ids.map((id, i) => call('hear', { id, length: texts[i]?.length ?? 0 }))), texts);
      await Promise.all(ids.map((id) => call('hangUp', { id })));
    });

    await t.test('a pod that speaks first is heard', async (t) => {
      const id = await open(call, 'echo', POD_PORTS.greeter);
      t.equal(await call('hear', { id, length: 6 }), 'hello\n');
      await call('hangUp', { id });
    });

    await t.test('a refused port is a failed dial with its errno, every time', async (t) => {
      for (let i = 0; i < 20; i++) {
        t.same(await call('open', { pod: 'echo', port: POD_PORTS.refused }), { error: 'ECONNREFUSED' });
      }
    });

    await t.test('a pod that is not there is a failed dial', async (t) => {
      t.same(await call('open', { pod: 'nobody', port: 80 }), { error: 'EHOSTUNREACH' });
    });

    await t.test('200 MB each way arrive byte for byte', async (t) => {
      t.ok(await call('upload', { pod: 'echo', port: POD_PORTS.sink, bytes: 200 * MEGABYTE }));
      t.ok(await call('download', { pod: 'echo', port: POD_PORTS.source, bytes: 200 * MEGABYTE }));
    });

    await t.test('an answer that comes long after our FIN is heard to its end', async (t) => {
      const id = await open(call, 'echo', POD_PORTS.late);
      await call('say', { id, text: 'ask\n', fin: true });
      t.equal(await call('hear', { id, length: 5 }), 'late\n');
      t.same(await call('ending', { id }), { errno: '' });
    });

    await t.test('a pod that waits for our FIN gets it, and all that was sent before', async (t) => {
      const id = await open(call, 'echo', POD_PORTS.untilFin);
      await call('say', { id, text: 'x'.repeat(100_000), fin: true });
      t.same(await call('ending', { id }), { errno: '' });
      const asked = await open(call, 'echo', POD_PORTS.untilFin);
      await call('say', { id: asked, text: '?', fin: false });
      t.equal(await call('hear', { id: asked, length: 6 }), '100000');
      await call('hangUp', { id: asked });
    });

    await t.test('a reset of the pod is an error, and no good end', async (t) => {
      const id = await open(call, 'echo', POD_PORTS.resets);
      await call('say', { id, text: 'x', fin: false });
      t.same(await call('ending', { id }), { errno: 'ECONNRESET' });
    });

    await t.test('a reader who stops holds little, and stops nobody else for long', async (t) => {
      const slow = await open(call, 'echo', POD_PORTS.source);
      await call('say', { id: slow, text: `${100 * MEGABYTE}\n`, fin: false });
      t.equal((await call('hear', { id: slow, length: 1 })).length > 0, true);
      t.ok(await call('download', { pod: 'echo', port: POD_PORTS.source, bytes: 50 * MEGABYTE }));
      t.ok((await call('held', { id: slow })) < 8 * MEGABYTE);
      await call('hangUp', { id: slow });
    });

    await t.test('a pod that is deleted ends its connections once', async (t) => {
      const name = protocol === '' ? 'first' : 'second';
      await startPod(name);
      const id = await open(call, name, POD_PORTS.echo);
      await call('say', { id, text: 'x', fin: false });
      t.equal(await call('hear', { id, length: 1 }), 'x');
      const ending = call('ending', { id });
      await cluster.api.request('DELETE', `/api/v1/namespaces/default/pods/${name}`);
      t.type((await ending).errno, 'string');
      await eventually('dials fail', async () => 'error' in (await call('open', { pod: name, port: POD_PORTS.echo })));
    });

    await t.test('an API server that is restarted ends connections, and later dials go on', async (t) => {
      const id = await open(call, 'echo', POD_PORTS.echo);
      const ending = call('ending', { id });
      await cluster.killApiServer();
      t.same(await ending, { errno: 'ECONNRESET' });
      t.same(await call('open', { pod: 'echo', port: POD_PORTS.echo }), { error: 'ENETUNREACH' });
      await cluster.startApiServer();
      const again = async (): Promise<boolean> => 'id' in (await call('open', { pod: 'echo', port: POD_PORTS.echo }));
      t.ok(await eventually('a dial goes on', again, { timeoutMs: 10_000, everyMs: 100 }));
    });
  });
}

await t.test('rights are told beforehand', async (t) => {
  for (const [user, told] of [
    ['admin', ['get true', 'create true']],
    ['nobody', ['get false', 'create false']],
  ] as const) {
    const call = await startDriver(
      cluster.run,
      cluster.lan.netns,
      cluster.kubeconfig(user),
      user === 'admin' ? '' : 'v4',
    );
    t.same(await call('rights', {}), told);
    if (user === 'nobody') t.same(await call('open', { pod: 'echo', port: 80 }), { error: 'EACCES' });
  }
});

async function open(call: CallDriver, pod: string, port: number): Promise<number> {
  const opened = await call('open', { pod, port });
  if ('error' in opened) throw new Error(opened.error);
  return opened.id;
}

/** A pod that runs our servers with the machine's own Node; resolves when it runs. */
async function startPod(name: string): Promise<void> {
  const script = new URL('../fixtures/port-forward-pod.ts', import.meta.url).pathname;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'servers',
          image: `${IMAGE_PREFIX}/agnhost:2.63.0`,
          imagePullPolicy: 'Never',
          command: ['chroot', '/host', process.execPath, '--no-warnings', script],
          readinessProbe: { tcpSocket: { port: POD_PORTS.http }, periodSeconds: 1 },
          volumeMounts: [{ name: 'host', mountPath: '/host', readOnly: true }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    },
  };
  const path = '/api/v1/namespaces/default/pods';
  // The ServiceAccount that pods need comes a moment after the namespace.
  const made = async (): Promise<boolean> => (await cluster.api.request('POST', path, pod)).status === 201;
  await eventually(`the pod ${name} is made`, made, { timeoutMs: 30_000, everyMs: 200 });
  const isReady = async (): Promise<boolean> => {
    const { body } = await cluster.api.request('GET', `${path}/${name}`);
    const conditions: readonly { type: string; status: string }[] = JSON.parse(body).status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  };
  await eventually(`the pod ${name} is ready`, isReady, { timeoutMs: 60_000, everyMs: 200 });
}
