/**
 * What the daemon needs of the API server, and what it says where that is refused.
 */

import { join } from 'node:path';
import t from 'tap';
import { nodeConfig, probe, startDaemon, whenReady } from './rig/daemon.ts';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import type { RigProcess } from './rig/rig-process.ts';
import { untilVisit } from './rig/visit.ts';

const lab = await startLab();
t.teardown(() => lab.stop());
const [first] = lab.backends;
const { run, node } = lab;

await t.test('rights on one namespace are enough for a lane into it', async (t) => {
  await lab.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await lab.applyFile(join('config', 'rbac-namespaced.yaml'));
  const web = { namespace: 'shop', name: 'web' };
  await lab.api.apply(service({ ...web, ports: [{ name: 'http', port: 80 }] }));
  await lab.api.apply(
    endpointSlice({ ...web, ports: [{ name: 'http', port: BACKEND_PORT }], endpoints: [{ address: first.ipv4 }] }),
  );
  const config = {
    apiVersion: 'svclane.dev/v1alpha1',
    kind: 'ProxyConfiguration',
    mode: 'dev',
    clientConnection: { kubeconfig: lab.kubeconfig('jane') },
    scope: { namespaces: ['shop'] },
    lanes: [{ target: 'svc/web', namespace: 'shop', port: 'http', listen: '127.0.0.1:18080' }],
    admin: { listen: '' },
    logging: { format: 'json' },
  };
  const daemon = startDaemon(run, { name: 'lane', netns: node.netns, config });
  t.teardown(() => stop(daemon));
  await untilVisit(lab.onNode, '127.0.0.1', 18_080, first.identity).catch((error: unknown) => {
    throw new Error(daemon.output(), { cause: error });
  });
});

/** The lines of `error: …` and `hint: …` that a daemon has written for people, each error with its hint. */
function complaints(daemon: RigProcess): readonly string[] {
  const lines = daemon.output().split('\n');
  return lines.flatMap((line, i) => (line.startsWith('error: ') ? [`${line} | ${lines[i + 1]}`] : []));
}

await t.test(
  'without rights, each that is missing is named once, and one that is granted later is noticed',
  async (t) => {
    const config = nodeConfig({ run, nodeName: node.name, kubeconfig: lab.kubeconfig('nobody') });
    const daemon = startDaemon(run, { name: 'no-rights', netns: node.netns, config });
    t.teardown(() => stop(daemon));
    await eventually('three rights are named', async () => complaints(daemon).length >= 3);
    t.equal(await probe(lab.onNode, '/readyz'), 503, 'not ready meanwhile');
    const named = (resource: string) =>
      complaints(daemon).filter((text) => new RegExp(`(list|watch) ${resource}`).test(text));
    for (const resource of ['services', 'endpointslices', 'nodes']) {
      t.match(named(resource), [/error: .*403.* \| hint: .*config\/rbac\.yaml/], `${resource}: one error, one hint`);
    }
    await lab.api.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'nobody' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'svclane' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
    });
    await whenReady(daemon, lab.onNode);
  },
);

await t.test('credentials that are not accepted are told in one error line and one hint line', async (t) => {
  const config = nodeConfig({ run, nodeName: node.name, kubeconfig: lab.kubeconfig('stranger') });
  const daemon = startDaemon(run, { name: 'stranger', netns: node.netns, config });
  t.teardown(() => stop(daemon));
  await eventually('it says so', async () => complaints(daemon).length > 0);
  await eventually('it has tried all kinds', async () => daemon.output().split('"SVL_API_UNAUTHORIZED"').length > 3);
  t.match(complaints(daemon), [/error: .*401.* \| hint: ./]);
  t.equal(complaints(daemon).length, 1);
  t.equal(await probe(lab.onNode, '/readyz'), 503);
});

async function stop(daemon: RigProcess): Promise<void> {
  daemon.kill('SIGTERM');
  await daemon.exited;
}

await t.test('an API server that is not there yet is waited for', async (t) => {
  await lab.killApiServer();
  const kubeconfig = run.path('svclane.kubeconfig');
  const config = nodeConfig({ run, nodeName: node.name, kubeconfig });
  const daemon = startDaemon(run, { name: 'early', netns: node.netns, config });
  t.teardown(() => stop(daemon));
  await eventually('it says what is wrong', async () => /ECONNREFUSED|cannot be reached/.test(daemon.output()));
  await lab.startApiServer();
  await whenReady(daemon, lab.onNode);
  t.equal(daemon.child.exitCode, null);
});
