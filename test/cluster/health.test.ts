/**
 * The health paths against a real API server and Node object.
 */

import t from 'tap';
import { nodeConfig, probe, startDaemon, whenReady } from './rig/daemon.ts';
import { eventually } from './rig/eventually.ts';
import { startLab } from './rig/lab.ts';
import { nodeObject } from './rig/objects.ts';

const lab = await startLab();
t.teardown(() => lab.stop());
const { run, node } = lab;

await t.test('readiness comes with the first whole table and not before', async (t) => {
  await lab.killApiServer();
  const config = nodeConfig({ run, nodeName: node.name, kubeconfig: run.path('svclane.kubeconfig') });
  const daemon = startDaemon(run, { name: 'svclane', netns: node.netns, config });
  await eventually('livez answers', async () => (await probe(lab.onNode, '/livez')) === 200);
  t.equal(await probe(lab.onNode, '/readyz'), 503);
  await lab.startApiServer();
  await whenReady(daemon, lab.onNode);
  t.equal(await probe(lab.onNode, '/healthz'), 200);
});

await t.test("healthz has kube-proxy's shape", async (t) => {
  const { status, body, headers } = await lab.onNode.request({ url: 'http://127.0.0.1:10256/healthz' });
  t.equal(status, 200);
  t.match(headers['content-type'], /^application\/json/);
  const { lastUpdated, currentTime, nodeEligible } = JSON.parse(body);
  t.equal(nodeEligible, true);
  t.ok(Date.parse(lastUpdated) <= Date.parse(currentTime));
});

await t.test('a Node that is to be deleted takes itself out of load balancing, and stays alive', async (t) => {
  const object = nodeObject(node);
  const taint = { key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' };
  await lab.api.apply({ ...object, spec: { podCIDR: node.podRanges[0], podCIDRs: node.podRanges, taints: [taint] } });
  await eventually('healthz fails', async () => (await probe(lab.onNode, '/healthz')) === 503);
  t.equal(await probe(lab.onNode, '/livez'), 200);
  await lab.api.apply(object);
  await eventually('healthz is back', async () => (await probe(lab.onNode, '/healthz')) === 200);
});
