/**
 * Very many short flows: memory and descriptors are afterwards what they were before.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import type { DatagramReport } from '../traffic/datagrams.ts';
import type { LoadReport } from '../traffic/load.ts';
import { acceptedBy, checkBytes, inPods, loadText, PATIENT, startEchoes, WEB_IP, web } from './web.ts';

const UDP_PORT = 9053;
const UDP_IP = '10.96.0.2';
/** Of the heap, after a collection: a leak of 60 bytes for each flow of the full form would show. */
const GROWTH_MIB = 4;
const PRELOAD = new URL('../preload/run-telling-heap.ts', import.meta.url).href;

export const shortFlows: Scenario = {
  name: 'short-flows',
  title: 'very many short flows, TCP and UDP',
  async run(lab, book) {
    const [tcp, udp] = [lab.pick(900_000, 16_000), lab.pick(100_000, 4_000)];
    await startEchoes(lab);
    await Promise.all(POD_ADDRESSES.map((address, i) => lab.pod(i).serveUdp(address, UDP_PORT)));
    lab.publish([web(), { name: 'dns', ip: UDP_IP, protocol: 'UDP', endpoints: inPods(UDP_PORT) }]);
    await lab.start({ preload: PRELOAD, defaults: { connect: PATIENT, udp: { idleTimeout: '1s' } } });
    lab.spaces.forgetSoon();
    const descriptors = lab.descriptors();
    const warm = await run(lab, 'warm', lab.pick(50_000, 4_000), lab.pick(5_000, 1_000));
    const memory = await settledMemory(lab);
    const main = await run(lab, 'main', tcp, udp);
    const after = await settledMemory(lab);
    const figures = await lab.quiet();
    const [tcpAll, udpAll] = [warm.tcp.started + main.tcp.started, warm.udp.flows + main.udp.flows];
    const rate = Math.round(main.tcp.started / main.seconds);
    book.note(`TCP: ${loadText(main.tcp)}, ${rate}/s`);
    book.note(`UDP: ${main.udp.flows} flows in, ${main.udp.answered} answered, ${main.udp.lost} lost`);
    book.note(
      `heap in use ${memory.used} MiB before, ${after.used} MiB after; RSS ${memory.resident} and ${after.resident} MiB`,
    );
    book.note(`descriptors ${descriptors} before, ${lab.descriptors()} after`);
    book.equal('no TCP client sees an error', main.tcp.failures, {});
    book.equal('no datagram is lost or wrong', [main.udp.lost, main.udp.wrong], [0, 0]);
    book.equal('every connection is counted as finished', figures.ended('finished', 'web'), tcpAll);
    book.equal('the pods accepted as many', await acceptedBy(lab), tcpAll);
    const [idle, all] = [{ result: 'idle' }, {}].map((labels) => figures.sum('svclane_udp_sessions_total', labels));
    book.equal('every UDP flow ends as idle', idle, all);
    // A client that has the port of one before it, within the idle time-out, goes on with its flow.
    book.check('every UDP flow is counted', (all ?? 0) <= udpAll && (all ?? 0) > udpAll / 2, `${all} of ${udpAll}`);
    checkBytes(book, warm.tcp.bytes + main.tcp.bytes + warm.udp.bytes + main.udp.bytes, figures);
    book.atMost('memory returns (MiB of heap more)', after.used - memory.used, GROWTH_MIB);
    book.equal('descriptors return', lab.descriptors(), descriptors);
  },
};

/** `tcp` connections and then `udp` flows of one datagram. */
async function run(
  lab: Lab,
  name: string,
  tcp: number,
  udp: number,
): Promise<{ readonly tcp: LoadReport; readonly udp: DatagramReport; readonly seconds: number }> {
  const begun = performance.now();
  const short = { rate: 0, concurrency: 32, count: tcp, minBytes: 1, maxBytes: 200, pieces: 1, pauseMs: 0 };
  await lab.clients.load(name, { hosts: [WEB_IP], port: 80, ...short });
  const report = await lab.clients.loadDone(name);
  const seconds = (performance.now() - begun) / 1000;
  const one = { perFlow: 1, minBytes: 0, maxBytes: 500, pauseMs: 0 };
  await lab.clients.datagrams(name, { hosts: [UDP_IP], port: 80, clients: 16, count: udp, ...one });
  return { tcp: report, udp: await lab.clients.datagramsDone(name), seconds };
}

/** MiB, when no flow lives any more: what is resident, and what of the heap is in use after a collection. */
async function settledMemory(lab: Lab): Promise<{ readonly resident: number; readonly used: number }> {
  await lab.quiet();
  await sleep(lab.pick(5_000, 1_000));
  const told = lab.svclane.stdout.match(/heap \S+/g)?.length ?? 0;
  lab.svclane.kill('SIGWINCH');
  const found = await lab.svclane.until(new RegExp(`(?:heap (\\S+) MiB\\s+){${told + 1}}`));
  return { resident: lab.memory(), used: Number(found[1]) };
}
