/**
 * The daemon is killed and started again.
 */

import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { untilVisit, visitTcp, visitUdp } from './rig/visit.ts';

const HOST = '10.96.4.1';

const lab = await startLab();
t.teardown(() => lab.stop());
const [first, second] = lab.backends;
const ports = [
  { name: 'tcp', port: 80 },
  { name: 'udp', port: 80, protocol: 'UDP' },
] as const;
const slicePorts = ports.map((port) => ({ ...port, port: BACKEND_PORT }));
const serveFrom = ({ ipv4 }: { ipv4: string }) =>
  lab.api.apply(endpointSlice({ name: 'web', ports: slicePorts, endpoints: [{ address: ipv4 }] }));
await lab.api.apply(service({ name: 'web', clusterIP: HOST, ports }));
await lab.api.apply(service({ name: 'gone', clusterIP: '10.96.4.2', ports }));
await lab.api.apply(endpointSlice({ name: 'gone', ports: slicePorts, endpoints: [{ address: first.ipv4 }] }));
await serveFrom(first);

for (const capture of ['nftables', 'routes'] as const) {
  await t.test(
    `after SIGKILL, with ${capture}, a new daemon serves what is true by then and flows of UDP go on`,
    async (t) => {
      await serveFrom(first);
      const crashing = await lab.startSvclane({ name: `crashing-${capture}`, capture });
      await untilVisit(lab.inPod, HOST, 80, first.identity);
      const { socket } = await lab.inPod.openUdp({ host: HOST, port: 80 });
      t.match(await lab.inPod.askUdp({ socket, text: 'before' }), { identity: first.identity });

      crashing.kill('SIGKILL');
      t.equal(await crashing.exited, 'SIGKILL');
      t.equal(await visitTcp(lab.inPod, HOST, 80), 'ECONNREFUSED', 'nobody serves meanwhile');
      await serveFrom(second);
      const gone = service({ name: 'gone', clusterIP: '10.96.4.2', ports });
      await lab.api.delete(gone);

      const daemon = await lab.startSvclane({
        name: `after-${capture}`,
        capture,
        more: { defaults: { drain: { grace: '1s' } } },
      });
      t.equal(await visitTcp(lab.inPod, HOST, 80), second.identity);
      t.equal(await visitUdp(lab.inPod, HOST, 80), second.identity);
      await eventually('the known flow is served', async () => {
        const answer = await lab.inPod.askUdp({ socket, text: 'after' });
        return 'identity' in answer && answer.identity === second.identity;
      });
      t.not(await visitTcp(lab.inPod, '10.96.4.2', 80), first.identity, 'what is gone by then is not served');
      await lab.inPod.closeUdp({ socket });
      await lab.api.apply(gone);
      daemon.kill('SIGTERM');
      t.equal(await daemon.exited, 0);
    },
  );
}

await t.test('a restart amid traffic leaves nothing stuck', async (t) => {
  await serveFrom(first);
  const more = { defaults: { drain: { grace: '1s' } } };
  const before = await lab.startSvclane({ name: 'restart-before', more });
  await untilVisit(lab.inPod, HOST, 80, first.identity);
  const traffic = await lab.inPod.startTraffic({ host: HOST, port: 80, everyMs: 5 });
  before.kill('SIGTERM');
  t.equal(await before.exited, 0, 'ends cleanly with traffic running');
  const after = await lab.startSvclane({ name: 'restart-after', more });
  await untilVisit(lab.inPod, HOST, 80, first.identity);
  const settled = await lab.inPod.startTraffic({ host: HOST, port: 80, everyMs: 5 });
  await eventually('traffic settles', async () => (await visitUdp(lab.inPod, HOST, 80)) === first.identity);
  t.strictSame((await lab.inPod.stopTraffic(settled)).failures, []);
  await lab.inPod.stopTraffic(traffic);
  after.kill('SIGTERM');
  t.equal(await after.exited, 0);
});
