/**
 * Thousands of clients that ask for a long stream and do not read it.
 *
 * The kernel's buffers are made small: what is in flight then stands in svclane, or at the source.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import { REQUEST } from '../traffic/slow-readers.ts';
import { inPods, PATIENT, WEB_IP, web } from './web.ts';

const PORT = 9000;
const BYTES = 400_000;
/** The budget of held bytes, one smallest window for each flow, and what a flow costs besides. */
const BUDGET_MIB = 32;
const PER_FLOW_KIB = 16 + 24;
const SLACK_MIB = 48;

export const slowReaders: Scenario = {
  name: 'slow-readers',
  title: 'clients that do not read',
  async run(lab, book) {
    const count = lab.pick(5_000, 500);
    lab.spaces.sysctl('net.ipv4.tcp_rmem=4096 16384 32768', 'net.ipv4.tcp_wmem=4096 16384 32768');
    await Promise.all(
      POD_ADDRESSES.map((address, i) => lab.pod(i).serveTcp({ address, port: PORT, manner: 'source' })),
    );
    lab.publish([web(inPods(PORT))]);
    await lab.start({ defaults: { connect: PATIENT } });
    const [memory, descriptors] = [lab.memory(), lab.descriptors()];
    const asked = await lab.clients.askSlow('slow', { hosts: [WEB_IP], port: 80, count, bytes: BYTES });
    await sleep(lab.pick(5_000, 2_000));
    const peak = lab.memory();
    const stalled = await lab.figures();
    const read = await lab.clients.readSlow('slow');
    const figures = await lab.quiet();
    const grown = peak - memory;
    book.note(`${count} clients; ${read.whole} streams of ${BYTES / 1000} kB in and out whole: ${figures.causes()}`);
    book.note(`while nobody read, svclane had taken ${Math.round(stalled.bytesOut / 1024 / 1024)} MiB from the pods`);
    book.note(`RSS ${memory} MiB before, ${peak} MiB then, ${lab.memory()} MiB after`);
    book.equal('all are served', asked.connected, count);
    book.equal('every stream is whole and right', [read.whole, read.wrong], [count, 0]);
    book.check('the pods have to wait', stalled.bytesOut < (count * BYTES) / 2, `${stalled.bytesOut} bytes were taken`);
    book.atMost('memory is bounded (MiB more)', grown, BUDGET_MIB + (count * PER_FLOW_KIB) / 1024 + SLACK_MIB);
    book.equal('bytes to clients are counted', figures.bytesOut, count * BYTES);
    book.equal('bytes from clients are counted', figures.bytesIn, count * REQUEST);
    book.equal('all are finished', figures.ended('finished'), count);
    book.check('descriptors return', await lab.comes(() => lab.descriptors() <= descriptors), `${lab.descriptors()}`);
  },
};
