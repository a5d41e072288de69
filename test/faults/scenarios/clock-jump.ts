/**
 * The wall clock jumps, hours ahead and back, under load.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { HEALTH_PORT } from '../lab/lab.ts';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import { inPods, loadText, paced, startEchoes, WEB_IP, web } from './web.ts';

const PRELOAD = new URL('../preload/run-jumping-clock.ts', import.meta.url).href;
const [AFFINE_IP, AFFINE_PORT] = ['10.96.0.2', 8090];
const [UDP_IP, UDP_PORT] = ['10.96.0.3', 9053];
const [HELD, JUMPS, IDLE_MS] = [50, 3, 4_000];

export const clockJump: Scenario = {
  name: 'clock-jump',
  title: 'the clock jumps by hours, ahead and back',
  async run(lab, book) {
    await startEchoes(lab);
    await startEchoes(lab, AFFINE_PORT);
    await Promise.all(POD_ADDRESSES.map((address, i) => lab.pod(i).serveUdp(address, UDP_PORT)));
    const affine = { name: 'affine', ip: AFFINE_IP, affinity: true, endpoints: inPods(AFFINE_PORT) };
    lab.publish([web(), affine, { name: 'dns', ip: UDP_IP, protocol: 'UDP', endpoints: inPods(UDP_PORT) }]);
    const idle = `${IDLE_MS}ms`;
    await lab.start({ preload: PRELOAD, defaults: { limits: { idleTimeout: idle }, udp: { idleTimeout: idle } } });
    await lab.clients.hold('held', { hosts: [WEB_IP], port: 80, count: HELD, everyMs: 100, bytes: 300 });
    const udp = { clients: 10, perFlow: 1e9, minBytes: 1, maxBytes: 500, pauseMs: 100 };
    await lab.clients.datagrams('dns', { hosts: [UDP_IP], port: 80, ...udp });
    await lab.clients.load('affine', paced(20, { hosts: [AFFINE_IP] }));
    await lab.clients.load('web', paced(50));
    const health: number[] = [];
    for (let i = 0; i < JUMPS; i++) {
      await sleep(lab.pick(3_000, 700));
      process.kill(lab.svclane.pid, 'SIGWINCH');
      await sleep(300);
      health.push((await lab.get(HEALTH_PORT, '/healthz')).status, (await lab.get(HEALTH_PORT, '/livez')).status);
    }
    const silent = await lab.clients.hold('silent', { hosts: [WEB_IP], port: 80, count: 5, everyMs: 0, bytes: 10 });
    const since = performance.now();
    await lab.eventually(
      'the end of the silent flows',
      async () => (await lab.clients.heldReport('silent')).open === 0,
    );
    const silentMs = Math.round(performance.now() - since);
    const [affinity, short] = [await lab.clients.stopLoad('affine'), await lab.clients.stopLoad('web')];
    const datagrams = await lab.clients.stopDatagrams('dns');
    const held = await lab.clients.release('held');
    const udpFlows = (await lab.figures()).sum('svclane_udp_sessions_active');
    const figures = await lab.quiet();
    const pods = await Promise.all([0, 1, 2].map((i) => lab.pod(i).backendCounts()));
    const used = pods.map(({ acceptedAt }) => acceptedAt[AFFINE_PORT] ?? 0).filter((count) => count > 0);
    book.note(`${JUMPS} jumps, of 6 and 12 h; new: ${loadText(short)}`);
    book.note(
      `${HELD} held flows: ${held.answers} answers in turn; ${datagrams.answered} of ${datagrams.sent} datagrams`,
    );
    book.note(`silent flows ended after ${silentMs} ms (idle time-out ${IDLE_MS} ms)`);
    book.equal('no flow is ended by it', held.ended, { finished: HELD });
    book.equal('no new connection fails', [short.failures, affinity.failures], [{}, {}]);
    book.equal('no datagram is lost or wrong', [datagrams.lost, datagrams.wrong], [0, 0]);
    book.equal('no UDP flow is ended by it', udpFlows, datagrams.flows);
    book.equal('a client with affinity keeps its endpoint', used, [affinity.started]);
    book.check(
      'the idle time-out is that of real time',
      silentMs > IDLE_MS * 0.5 && silentMs < IDLE_MS * 2,
      `${silentMs}`,
    );
    book.equal('silent flows, and they alone, are idle', figures.ended('idle'), silent.served);
    book.equal('health is well all the time', new Set(health), new Set([200]));
    book.equal(
      'every connection is counted',
      figures.opened(),
      HELD + short.started + affinity.started + silent.served,
    );
  },
};
