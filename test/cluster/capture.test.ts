/**
 * Both kinds of capture: who reaches a Service from where, and what stays in the kernel.
 */

import t from 'tap';
import { runCommand } from './build/run-command.ts';
import { nodeConfig, startDaemon } from './rig/daemon.ts';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { untilVisit, visitTcp, visitUdp } from './rig/visit.ts';

const HOST = '10.96.2.1';
const HOST_6 = 'fd96::2:1';
const NODE_PORT = 30_080;

const lab = await startLab();
t.teardown(() => lab.stop());
const [first] = lab.backends;
const ports = [
  { name: 'tcp', port: 80, nodePort: NODE_PORT },
  { name: 'udp', port: 80, nodePort: NODE_PORT, protocol: 'UDP' },
] as const;
const slicePorts = ports.map((port) => ({ ...port, port: BACKEND_PORT }));
const families = { clusterIPs: [HOST, HOST_6], ipFamilyPolicy: 'RequireDualStack', type: 'NodePort' };
await lab.api.apply(service({ name: 'web', clusterIP: HOST, ports, spec: families }));
const v4 = { name: 'web', ports: slicePorts, endpoints: [{ address: first.ipv4 }] };
await lab.api.apply(endpointSlice(v4));
await lab.api.apply(endpointSlice({ ...v4, addressType: 'IPv6', endpoints: [{ address: first.ipv6 }] }));
const plainPorts = ports.map(({ nodePort: _, ...rest }) => rest);
await lab.api.apply(service({ name: 'empty', clusterIP: '10.96.2.2', ports: plainPorts }));

/** What the node's kernel has been told, as text. */
const kernelState = (): string => {
  const onNode = (...command: string[]): string =>
    runCommand('nsenter', [`--net=/run/netns/${lab.node.netns}`, ...command]);
  const routes = ['-4', '-6'].map((family) => onNode('ip', family, 'route', 'show', 'table', 'all'));
  return [onNode('nft', 'list', 'ruleset'), onNode('ip', '-o', 'address', 'show'), ...routes]
    .join('\n')
    .replaceAll(/ expires \w+/g, '');
};
const untouched = kernelState();

for (const capture of ['nftables', 'routes'] as const) {
  await t.test(`with ${capture}`, async (t) => {
    const daemon = await lab.startSvclane({ capture, more: { defaults: { drain: { grace: '1s' } } } });
    await untilVisit(lab.inPod, HOST, 80, first.identity);

    const places = { 'a pod': lab.inPod, 'the node itself': lab.onNode, 'the backend itself': first.agent };
    for (const [name, agent] of Object.entries(places)) {
      for (const host of [HOST, HOST_6]) {
        t.equal(await visitTcp(agent, host, 80), first.identity, `TCP from ${name} to ${host}`);
        t.equal(await visitUdp(agent, host, 80), first.identity, `UDP from ${name} to ${host}`);
      }
    }

    const nodePorts = [
      { name: 'outside', agent: lab.outside, host: lab.node.ipv4 },
      { name: 'outside', agent: lab.outside, host: lab.node.ipv6 },
      { name: 'a pod', agent: lab.inPod, host: lab.node.ipv4 },
      { name: 'the node itself', agent: lab.onNode, host: lab.node.ipv4 },
      { name: 'the node itself', agent: lab.onNode, host: '127.0.0.1' },
    ];
    for (const { name, agent, host } of nodePorts) {
      t.equal(await visitTcp(agent, host, NODE_PORT), first.identity, `node port, TCP from ${name} to ${host}`);
      t.equal(await visitUdp(agent, host, NODE_PORT), first.identity, `node port, UDP from ${name} to ${host}`);
    }

    for (const agent of [lab.inPod, lab.onNode]) {
      t.equal(await visitTcp(agent, '10.96.2.2', 80), 'ECONNREFUSED', 'no endpoint: TCP is refused');
      t.equal(await visitUdp(agent, '10.96.2.2', 80), 'ECONNREFUSED', 'no endpoint: UDP is refused');
    }

    daemon.kill('SIGTERM');
    t.equal(await daemon.exited, 0, 'ends cleanly');
    t.equal(kernelState(), untouched, 'the kernel is as it was before');
  });
}

await t.test(
  'with nftables, a process on the wildcard address with the same port is neither in the way nor reached',
  async (t) => {
    await lab.onNode.serveTcp({ address: '::', port: 80, identity: 'of-the-node' });
    await lab.onNode.serveUdp({ address: '0.0.0.0', port: 80, identity: 'of-the-node' });
    const daemon = await lab.startSvclane({ capture: 'nftables', more: { defaults: { drain: { grace: '1s' } } } });
    await untilVisit(lab.inPod, HOST, 80, first.identity);
    for (const agent of [lab.inPod, lab.onNode]) {
      t.equal(await visitTcp(agent, HOST, 80), first.identity);
      t.equal(await visitUdp(agent, HOST, 80), first.identity);
      t.equal(await visitTcp(agent, HOST_6, 80), first.identity);
    }
    t.equal(await visitTcp(lab.outside, lab.node.ipv4, 80), 'of-the-node', "the node's own service stays reachable");
    t.equal(
      await visitTcp(lab.inPod, '10.96.2.2', 80),
      'ECONNREFUSED',
      'and is not shown at a Service without endpoint',
    );

    await t.test('and what was left by a crash is removed by run --cleanup', async (t) => {
      daemon.kill('SIGKILL');
      await daemon.exited;
      t.not(kernelState(), untouched, 'a crash leaves something behind');
      const config = nodeConfig({ run: lab.run, nodeName: lab.node.name, kubeconfig: lab.kubeconfig('nobody') });
      const cleanup = startDaemon(lab.run, { name: 'cleanup', netns: lab.node.netns, config, flags: ['--cleanup'] });
      t.equal(await cleanup.exited, 0, cleanup.output());
      t.equal(kernelState(), untouched, 'the kernel is as it was before');
    });
    await lab.onNode.unserve({ port: 80 });
  },
);

await t.test("the client's own address reaches the log", async (t) => {
  const logging = { format: 'json', level: 'info', accessLog: 'all' };
  const daemon = await lab.startSvclane({ name: 'logged', more: { logging, defaults: { drain: { grace: '1s' } } } });
  await untilVisit(lab.inPod, HOST, 80, first.identity);
  await eventually('a line names the client', async () => daemon.output().includes(`${lab.clientPod.ipv4}:`));
  t.match(daemon.output(), 'default/web');
  daemon.kill('SIGTERM');
  await daemon.exited;
});
