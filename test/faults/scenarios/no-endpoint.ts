/**
 * Every endpoint is gone for a time: clients of one Service are held, those of another refused.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceWish } from '../lab/objects.ts';
import type { Scenario } from '../scenario.ts';
import { checkBytes, ECHOES, loadText, paced, startEchoes } from './web.ts';

const [HOLD_IP, REFUSE_IP] = ['10.96.0.1', '10.96.0.2'];
const RATE = 100;
const HOLD = { match: { name: 'hold' }, onEmpty: { action: 'hold', maxWait: '30s', maxQueued: 5000 } };

export const noEndpoint: Scenario = {
  name: 'no-endpoint',
  title: 'every endpoint gone, with `hold` and with `refuse`',
  async run(lab, book) {
    const goneMs = lab.pick(5_000, 2_000);
    const services = (endpoints: ServiceWish['endpoints']): ServiceWish[] => [
      { name: 'hold', ip: HOLD_IP, endpoints },
      { name: 'refuse', ip: REFUSE_IP, endpoints },
    ];
    await startEchoes(lab);
    lab.publish(services(ECHOES));
    await lab.start({ config: { services: [HOLD] } });
    await lab.clients.load('hold', paced(RATE, { hosts: [HOLD_IP] }));
    await lab.clients.load('refuse', paced(RATE, { hosts: [REFUSE_IP] }));
    await sleep(1_000);
    await lab.follow(services([]));
    await lab.clients.load('refused', paced(RATE, { hosts: [REFUSE_IP] }));
    await sleep(goneMs);
    const refused = await lab.clients.stopLoad('refused');
    await lab.follow(services(ECHOES));
    await sleep(1_000);
    const held = await lab.clients.stopLoad('hold');
    const both = await lab.clients.stopLoad('refuse');
    const figures = await lab.quiet();
    const waits = figures.sum('svclane_queue_wait_seconds_count');
    book.note(`gone for ${goneMs / 1000} s. hold: ${loadText(held)}; ${waits} waited`);
    book.note(`refuse, while gone: ${loadText(refused)}; over all: ${loadText(both)}`);
    book.equal('hold: no client sees an error', held.failures, {});
    book.check('hold: who came meanwhile waited', waits >= (RATE * goneMs) / 1000 / 2, `${waits}`);
    book.check('hold: for as long as it took', held.slowestMs >= goneMs * 0.9, `${held.slowestMs} ms`);
    book.equal('hold: every connection is counted', figures.opened('hold'), held.started);
    book.equal('refuse: all are refused', refused.failures, { ECONNREFUSED: refused.started });
    book.atMost('refuse: at once (ms)', refused.p99Ms, 500);
    // Who waits to be accepted when the socket is closed is reset by the kernel.
    const { ECONNREFUSED = 0, ECONNRESET = 0, ...other } = both.failures;
    book.equal('refuse: nothing but a refusal or an answer', other, {});
    const [opened, refusal] = [figures.opened('refuse'), figures.ended('no-endpoint', 'refuse')];
    book.equal('refuse: every answer is counted', opened - refusal, both.answered);
    book.atMost('refuse: no more is counted than was accepted', opened, both.started - ECONNREFUSED);
    book.atMost('refuse: who is reset came in the moment of the change', ECONNRESET, RATE / 2);
    checkBytes(book, held.bytes + both.bytes, figures);
  },
};
