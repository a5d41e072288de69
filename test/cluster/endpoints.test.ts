/**
 * The daemon follows Services and EndpointSlices of a real API server.
 */

import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { untilVisit, visitMany, visitTcp, visitUdp } from './rig/visit.ts';

const lab = await startLab();
t.teardown(() => lab.stop());
const [first, second, third] = lab.backends;
const all = lab.backends.map(({ identity }) => identity);
await lab.startSvclane();

const endpoints = lab.backends.map(({ ipv4 }) => ({ address: ipv4 }));
const slicePorts = [{ port: BACKEND_PORT }];

await t.test('a Service that is created is served, at once with all of its endpoints', async (t) => {
  const host = '10.96.1.1';
  await lab.api.apply(endpointSlice({ name: 'created', ports: slicePorts, endpoints }));
  await lab.api.apply(service({ name: 'created', clusterIP: host, ports: [{ port: 80 }] }));
  await eventually('it is reached', async () => (await visitTcp(lab.inPod, host, 80)).startsWith('backend'));
  t.strictSame(await visitMany(lab.inPod, { host, port: 80 }, 6), all);
});

await t.test('endpoints that come and go are followed, connections that stand are left alone', async (t) => {
  const host = '10.96.1.2';
  const scaleTo = (count: number) =>
    lab.api.apply(endpointSlice({ name: 'scaled', ports: slicePorts, endpoints: endpoints.slice(0, count) }));
  await lab.api.apply(service({ name: 'scaled', clusterIP: host, ports: [{ port: 80 }] }));
  await scaleTo(1);
  await untilVisit(lab.inPod, host, 80, first.identity);
  const standing = await lab.inPod.connect({ host, port: 80 });
  if ('error' in standing) throw new Error(standing.error);

  await scaleTo(3);
  await eventually(
    'all three are reached',
    async () => (await visitMany(lab.inPod, { host, port: 80 }, 3)).length === 3,
  );

  await lab.api.apply(endpointSlice({ name: 'scaled', ports: slicePorts, endpoints: endpoints.slice(1, 2) }));
  await eventually('one is left', async () => (await visitMany(lab.inPod, { host, port: 80 }, 3)).length === 1);
  t.equal(await visitTcp(lab.inPod, host, 80), second.identity);
  t.strictSame(await lab.inPod.ask({ connection: standing.connection, line: 'still there' }), {
    answer: `${first.identity} still there`,
  });

  await scaleTo(0);
  await untilVisit(lab.inPod, host, 80, 'ECONNREFUSED');
  await scaleTo(1);
  await untilVisit(lab.inPod, host, 80, first.identity);
});

await t.test('a port that changes, of the Service or of its endpoints, is followed', async (t) => {
  const host = '10.96.1.3';
  await first.agent.serveTcp({ address: '::', port: 9090, identity: 'other-port' });
  const name = 'moved';
  await lab.api.apply(endpointSlice({ name, ports: slicePorts, endpoints: endpoints.slice(0, 1) }));
  await lab.api.apply(service({ name, clusterIP: host, ports: [{ port: 80 }] }));
  await untilVisit(lab.inPod, host, 80, first.identity);

  await lab.api.apply(endpointSlice({ name, ports: [{ port: 9090 }], endpoints: endpoints.slice(0, 1) }));
  await untilVisit(lab.inPod, host, 80, 'other-port');

  await lab.api.apply(service({ name, clusterIP: host, ports: [{ port: 81 }] }));
  await untilVisit(lab.inPod, host, 81, 'other-port');
  t.not(await visitTcp(lab.inPod, host, 80), 'other-port', 'the old port is not served any more');
});

await t.test('several named ports, TCP and UDP under one number, each find their own endpoints', async (t) => {
  const host = '10.96.1.4';
  const name = 'named';
  const ports = [
    { name: 'web', port: 80 },
    { name: 'talk', port: 80, protocol: 'UDP' },
  ] as const;
  await lab.api.apply(service({ name, clusterIP: host, ports }));
  await lab.api.apply(
    endpointSlice({
      name,
      ports: [
        { name: 'web', port: BACKEND_PORT },
        { name: 'talk', port: BACKEND_PORT, protocol: 'UDP' },
      ],
      endpoints: endpoints.slice(2),
    }),
  );
  await untilVisit(lab.inPod, host, 80, third.identity);
  t.equal(await visitUdp(lab.inPod, host, 80), third.identity);
  await lab.api.apply(service({ name, clusterIP: host, ports: ports.slice(1) }));
  await eventually('TCP ends', async () => (await visitTcp(lab.inPod, host, 80)) !== third.identity);
  t.equal(await visitUdp(lab.inPod, host, 80), third.identity, 'UDP goes on');
});

await t.test(
  'an endpoint that is not ready gets no connection, and one that terminates only when none is ready',
  async (t) => {
    const host = '10.96.1.5';
    const name = 'readiness';
    const draining = { address: third.ipv4, ready: false, serving: true, terminating: true };
    const apply = (ready: boolean) =>
      lab.api.apply(
        endpointSlice({
          name,
          ports: slicePorts,
          endpoints: [{ address: first.ipv4, ready: false }, { address: second.ipv4, ready }, draining],
        }),
      );
    await apply(true);
    await lab.api.apply(service({ name, clusterIP: host, ports: [{ port: 80 }] }));
    await untilVisit(lab.inPod, host, 80, second.identity);
    t.strictSame(await visitMany(lab.inPod, { host, port: 80 }, 4), [second.identity]);
    await apply(false);
    await untilVisit(lab.inPod, host, 80, third.identity);
    t.strictSame(await visitMany(lab.inPod, { host, port: 80 }, 4), [third.identity]);
  },
);

await t.test('a UDP flow goes to another endpoint when its own is gone, with the next datagram', async (t) => {
  const host = '10.96.1.6';
  const name = 'udp-flow';
  const ports = [{ port: 53, protocol: 'UDP' }] as const;
  const apply = (endpoint: { address: string }) =>
    lab.api.apply(endpointSlice({ name, ports: [{ port: BACKEND_PORT, protocol: 'UDP' }], endpoints: [endpoint] }));
  await lab.api.apply(service({ name, clusterIP: host, ports }));
  await apply({ address: first.ipv4 });
  await eventually('it is reached', async () => (await visitUdp(lab.inPod, host, 53)) === first.identity);
  const { socket } = await lab.inPod.openUdp({ host, port: 53 });
  t.match(await lab.inPod.askUdp({ socket, text: 'one' }), { identity: first.identity });
  await apply({ address: second.ipv4 });
  await eventually('the flow is moved', async () => {
    const answer = await lab.inPod.askUdp({ socket, text: 'two' });
    return 'identity' in answer && answer.identity === second.identity;
  });
  await lab.inPod.closeUdp({ socket });
});

await t.test('a Service that is deleted is not served any more, and one created again is', async () => {
  const host = '10.96.1.7';
  const deleted = service({ name: 'deleted', clusterIP: host, ports: [{ port: 80 }] });
  await lab.api.apply(endpointSlice({ name: 'deleted', ports: slicePorts, endpoints: endpoints.slice(0, 1) }));
  await lab.api.apply(deleted);
  await untilVisit(lab.inPod, host, 80, first.identity);
  await lab.api.delete(deleted);
  await eventually('it is gone', async () => (await visitTcp(lab.inPod, host, 80)) !== first.identity);
  await lab.api.apply(deleted);
  await untilVisit(lab.inPod, host, 80, first.identity);
});
