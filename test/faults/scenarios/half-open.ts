/**
 * Half-open clients: those that have sent their FIN, those whose server has, those that say nothing, and those that vanish.
 */

import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import { GREETING } from '../traffic/backends.ts';
import { inPods, loadText, PATIENT, paced, startEchoes, web } from './web.ts';

const [LATE, GREETER] = [9001, 9002];
const [WEB, LATE_IP, GREETER_IP] = ['10.96.0.1', '10.96.0.2', '10.96.0.3'];
const ANSWER = 5_000;
const IDLE_MS = 5_000;

export const halfOpen: Scenario = {
  name: 'half-open',
  title: 'half-open clients: a FIN one way only, and clients that vanish',
  async run(lab, book) {
    const each = lab.pick(5_000, 500);
    await startEchoes(lab);
    for (const [i, address] of POD_ADDRESSES.entries()) {
      await lab.pod(i).serveTcp({ address, port: LATE, manner: 'late' });
      await lab.pod(i).serveTcp({ address, port: GREETER, manner: 'greeter' });
    }
    const late = { name: 'late', ip: LATE_IP, endpoints: inPods(LATE) };
    lab.publish([web(), late, { name: 'greeter', ip: GREETER_IP, endpoints: inPods(GREETER) }]);
    await lab.start({ defaults: { connect: PATIENT, limits: { idleTimeout: `${IDLE_MS}ms` } } });
    const descriptors = lab.descriptors();
    const once = paced(0, { hosts: [LATE_IP], count: each, concurrency: each, pieces: 1, maxBytes: 4_000 });
    await lab.clients.load('late', once);
    const answered = await lab.clients.loadDone('late');
    const greeted = await lab.clients.answerLate(GREETER_IP, 80, each, ANSWER, 1_000);
    const gone = lab.pick(2_000, 300);
    const leavers = lab.peer('leavers');
    const held = await leavers.hold('gone', { hosts: [WEB], port: 80, count: gone, everyMs: 0, bytes: 100 });
    lab.spaces.cutOff('leavers');
    await leavers.kill();
    const left = performance.now();
    const figures = await lab.quiet();
    const endedMs = Math.round(performance.now() - left);
    const pods = await Promise.all([0, 1, 2].map((i) => lab.pod(i).backendCounts()));
    const sum = (of: (counts: (typeof pods)[number]) => number): number => pods.reduce((all, one) => all + of(one), 0);
    book.note(`FIN of the client first: ${loadText(answered)}`);
    book.note(`FIN of the server first: ${greeted.clients} clients, ${greeted.whole} got and sent all`);
    book.note(`${held.served} vanished without a FIN: ended after ${endedMs} ms (idle time-out ${IDLE_MS} ms)`);
    book.equal('all that end their side first are answered', answered.answered, each);
    book.equal('all whose server ends its side first can go on sending', greeted.whole, each);
    book.equal(
      'no byte is wrong at the pods',
      sum(({ wrong }) => wrong),
      0,
    );
    book.equal(
      'the pods saw every byte',
      sum(({ bytesIn }) => bytesIn),
      figures.bytesIn,
    );
    book.equal('bytes from clients are counted', figures.bytesIn, answered.bytes + each * ANSWER + gone * 100);
    book.equal('bytes to clients are counted', figures.bytesOut, answered.bytes + each * GREETING + gone * 100);
    book.equal('who vanished is counted as idle', figures.ended('idle', 'web'), gone);
    book.equal('all others as finished', figures.ended('finished'), 2 * each);
    book.equal('every connection is counted', figures.opened(), 2 * each + gone);
    book.check('descriptors return', await lab.comes(() => lab.descriptors() <= descriptors), `${lab.descriptors()}`);
  },
};
