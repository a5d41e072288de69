/**
 * An API server without streaming lists is read page by page.
 */

import t from 'tap';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { untilVisit, visitTcp } from './rig/visit.ts';

/** More than one page. */
const SERVICES = 600;

const lab = await startLab(['--feature-gates=WatchList=false']);
t.teardown(() => lab.stop());
const [first, second] = lab.backends;
const serve = (name: string, { ipv4 }: { ipv4: string }) =>
  lab.api.apply(endpointSlice({ name, ports: [{ port: BACKEND_PORT }], endpoints: [{ address: ipv4 }] }));
const addressOf = (i: number): string => `10.96.${100 + Math.floor(i / 100)}.${i % 100}`;

for (let i = 0; i < SERVICES; i++) {
  await lab.api.apply(service({ name: `s-${i}`, clusterIP: addressOf(i), ports: [{ port: 80 }] }));
}
await serve('s-0', first);
await serve(`s-${SERVICES - 1}`, first);

await t.test('every page is there when the daemon is ready, and changes are followed from then on', async (t) => {
  await lab.startSvclane();
  for (const i of [0, SERVICES - 1]) t.equal(await visitTcp(lab.inPod, addressOf(i), 80), first.identity, addressOf(i));
  await serve('s-0', second);
  await untilVisit(lab.inPod, addressOf(0), 80, second.identity);
});
