/**
 * The API server goes away and comes back, while traffic runs.
 */

import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { probe } from './rig/daemon.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { untilVisit } from './rig/visit.ts';

const HOST = '10.96.3.1';
const OUTAGE_MS = 60_000;

const lab = await startLab();
t.teardown(() => lab.stop());
const [first, second, third] = lab.backends;
const serveFrom = ({ ipv4 }: { ipv4: string }) =>
  lab.api.apply(endpointSlice({ name: 'web', ports: [{ port: BACKEND_PORT }], endpoints: [{ address: ipv4 }] }));
await lab.api.apply(service({ name: 'web', clusterIP: HOST, ports: [{ port: 80 }] }));
await serveFrom(first);
// After the Service: a client that comes before the capture leaves a connection in conntrack that is not translated, and
// whoever comes from the same source port within two minutes is refused by it (docs/semantics.md).
const daemon = await lab.startSvclane();
await untilVisit(lab.inPod, HOST, 80, first.identity);

await t.test(
  'a minute without API server costs no connection, and its return is noticed within a second',
  async (t) => {
    const standing = await lab.inPod.connect({ host: HOST, port: 80 });
    if ('error' in standing) throw new Error(standing.error);
    const traffic = await lab.inPod.startTraffic({ host: HOST, port: 80, everyMs: 20 });
    await lab.killApiServer();
    for (let waitedMs = 0; waitedMs < OUTAGE_MS; waitedMs += 5000) {
      await delay(5000); // what is tested is the time that passes
      const answer = await lab.inPod.ask({ connection: standing.connection, line: `${waitedMs}` });
      if (!('answer' in answer)) t.fail(`the standing connection: ${answer.error}`);
    }
    t.equal(await probe(lab.onNode, '/healthz'), 200, 'a stale watch alone keeps the node in service');
    t.equal(await probe(lab.onNode, '/livez'), 200);
    await lab.startApiServer();
    await serveFrom(second);
    const changedMs = Date.now();
    await untilVisit(lab.inPod, HOST, 80, second.identity, { everyMs: 5 });
    const followedMs = Date.now() - changedMs;
    t.comment(`followed ${followedMs} ms after the change`);
    t.ok(followedMs < 1000, `a changed endpoint was followed after ${followedMs} ms`);

    const { connections, failures } = await lab.inPod.stopTraffic(traffic);
    t.ok(connections > OUTAGE_MS / 100, `${connections} connections were made`);
    t.strictSame(failures, [], 'no new connection failed');
    const answer = await lab.inPod.ask({ connection: standing.connection, line: 'bye' });
    t.strictSame(answer, { answer: `${first.identity} bye` }, 'the standing connection stands');
  },
);

await t.test(
  'a watch from a revision that was compacted away starts over with a list, and the table is never empty',
  async (t) => {
    const revision = await newestRevision();
    // The daemon must not see the changes; stopped, and with its connection cut, it keeps the old revision.
    daemon.kill('SIGSTOP');
    await lab.killApiServer();
    await lab.startApiServer();
    for (const backend of [first, second, first, third]) await serveFrom(backend);
    await lab.compact();
    await lab.killApiServer();
    await lab.startApiServer();
    const path = `/apis/discovery.k8s.io/v1/endpointslices?watch=true&timeoutSeconds=1&resourceVersion=${revision}`;
    const { status, body } = await lab.api.request('GET', path);
    t.match(`${status} ${body}`, /410/, 'the server does not know the old revision any more');

    const traffic = await lab.inPod.startTraffic({ host: HOST, port: 80, everyMs: 10 });
    daemon.kill('SIGCONT');
    await untilVisit(lab.inPod, HOST, 80, third.identity, { timeoutMs: 30_000 });
    const { failures } = await lab.inPod.stopTraffic(traffic);
    t.strictSame(failures, [], 'the last good table served until the new one');
  },
);

async function newestRevision(): Promise<string> {
  const { body } = await lab.api.request('GET', '/apis/discovery.k8s.io/v1/endpointslices?limit=1');
  return JSON.parse(body).metadata.resourceVersion;
}
