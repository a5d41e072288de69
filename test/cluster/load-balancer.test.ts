/**
 * Services of type LoadBalancer, external IPs and traffic policies, as a cloud would set them.
 */

import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { ip, LAN } from './rig/network.ts';
import { endpointSlice, type ServiceSpec, service } from './rig/objects.ts';
import { untilVisit, visitTcp } from './rig/visit.ts';

const VIP = '198.51.100.10';
const HEALTH_PORT = 32_123;

const lab = await startLab();
t.teardown(() => lab.stop());
const [first, second] = lab.backends;
const { name: nodeName } = lab.node;
// What a load balancer's router would do: send the address to the node.
ip(lab.lan.netns, [`route add 198.51.100.0/24 via ${lab.node.ipv4}`, 'address add 172.30.0.99/24 dev br0']);
await lab.startSvclane();

const balanced: ServiceSpec = { name: 'lb', clusterIP: '10.96.5.1', ports: [{ port: 80, nodePort: 30_081 }] };
const apply = async (spec: Record<string, unknown>, ipMode = 'VIP'): Promise<void> => {
  const object = service({ ...balanced, spec: { type: 'LoadBalancer', ...spec } });
  await lab.api.apply(object);
  const { apiVersion, kind, metadata } = object;
  await lab.api.applyStatus({
    apiVersion,
    kind,
    metadata,
    status: { loadBalancer: { ingress: [{ ip: VIP, ipMode }] } },
  });
};
const serveFrom = (...endpoints: { address: string; nodeName?: string }[]) =>
  lab.api.apply(endpointSlice({ name: 'lb', ports: [{ port: BACKEND_PORT }], endpoints }));
await serveFrom({ address: first.ipv4, nodeName });

await t.test(
  'the address in the status is served, outside and inside of the cluster, and ends with the status',
  async (t) => {
    await apply({});
    await untilVisit(lab.outside, VIP, 80, first.identity);
    t.equal(await visitTcp(lab.inPod, VIP, 80), first.identity);
    await apply({}, 'Proxy');
    await eventually(
      'an address of mode Proxy is not served',
      async () => (await visitTcp(lab.inPod, VIP, 80)) !== first.identity,
      {
        timeoutMs: 20_000,
      },
    );
  },
);

await t.test('clients outside of the source ranges are dropped, the others served', async (t) => {
  await apply({ loadBalancerSourceRanges: ['172.30.0.99/32'] });
  await eventually('the range is in force', async () => {
    const greeting = await lab.outside.connect({ host: VIP, port: 80, localAddress: '172.30.0.99' });
    return !('error' in greeting);
  });
  const stranger = await lab.outside.connect({ host: VIP, port: 80, localAddress: LAN.ipv4, timeoutMs: 1000 });
  t.ok('error' in stranger, 'another client gets nothing');
  await apply({});
  await untilVisit(lab.outside, VIP, 80, first.identity);
});

await t.test('external IPs are served', async () => {
  await apply({ externalIPs: ['198.51.100.77'] });
  await untilVisit(lab.outside, '198.51.100.77', 80, first.identity);
});

await t.test(
  'externalTrafficPolicy Local serves local endpoints only, and its health port says how many',
  async (t) => {
    await apply({ externalTrafficPolicy: 'Local', healthCheckNodePort: HEALTH_PORT });
    await serveFrom({ address: first.ipv4, nodeName }, { address: second.ipv4, nodeName: 'node-elsewhere' });
    const health = async () => lab.outside.request({ url: `http://${lab.node.ipv4}:${HEALTH_PORT}/`, timeoutMs: 2000 });
    await eventually('the health port answers', async () => (await health()).status === 200);
    t.match(JSON.parse((await health()).body), { service: { namespace: 'default', name: 'lb' }, localEndpoints: 1 });
    await untilVisit(lab.outside, VIP, 80, first.identity);

    await serveFrom({ address: second.ipv4, nodeName: 'node-elsewhere' });
    await eventually('the health port fails', async () => (await health()).status === 503);
    const outside = await lab.outside.connect({ host: VIP, port: 80, timeoutMs: 1000 });
    t.ok('error' in outside, 'a client outside is not sent to another node');
    await untilVisit(lab.inPod, '10.96.5.1', 80, second.identity);
  },
);
