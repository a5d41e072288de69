/**
 * The event loop stands still: for two seconds, which nobody may lose anything by, and for six, which health must tell.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { HEALTH_PORT } from '../lab/lab.ts';
import type { Scenario } from '../scenario.ts';
import { checkBytes, loadText, paced, startEchoes, WEB_IP, web } from './web.ts';

const PRELOAD = new URL('../preload/run-blocking-loop.ts', import.meta.url).href;
const HELD = 50;
const BLOCK_MS = 2_000;
/** The delay is measured anew from each time that it is read, and from the next tick on. */
const SETTLE_MS = 100;

export const blockedLoop: Scenario = {
  name: 'blocked-loop',
  title: 'the event loop is blocked for 2 s, and for 6 s',
  async run(lab, book) {
    await startEchoes(lab);
    lab.publish([web()]);
    await lab.start({ preload: PRELOAD });
    await lab.clients.hold('held', { hosts: [WEB_IP], port: 80, count: HELD, everyMs: 100, bytes: 300 });
    await lab.clients.load('web', paced(100));
    await sleep(1_000);
    await lab.figures();
    await sleep(SETTLE_MS);
    process.kill(lab.svclane.pid, 'SIGWINCH');
    const blocked = performance.now();
    const first = await lab.get(HEALTH_PORT, '/livez');
    const waitedMs = Math.round(performance.now() - blocked);
    const lag = (await lab.figures()).sum('svclane_eventloop_lag_seconds');
    await sleep(500);
    const report = await lab.clients.stopLoad('web');
    const held = await lab.clients.release('held');
    const figures = await lab.quiet();
    const bytes = report.bytes + held.received;
    await lab.get(HEALTH_PORT, '/livez');
    await sleep(SETTLE_MS);
    process.kill(lab.svclane.pid, 'SIGURG');
    await lab.eventually('the end of the block', async () => (await lab.get(HEALTH_PORT, '/healthz')).status === 200);
    const late = await lab.get(HEALTH_PORT, '/livez?verbose');
    const recovered = await lab.get(HEALTH_PORT, '/livez');
    book.note(`${BLOCK_MS / 1000} s: ${loadText(report)}; ${HELD} held flows, ${held.answers} answers in turn`);
    book.note(`/livez: ${first.status} after ${waitedMs} ms; after 6 s ${late.status}, then ${recovered.status}`);
    book.note(`svclane_eventloop_lag_seconds ${lag.toFixed(2)}`);
    book.equal('no connection fails', report.failures, {});
    book.equal('no flow ends', held.ended, { finished: HELD });
    book.check('there was a block', report.slowestMs > BLOCK_MS * 0.8, `${report.slowestMs} ms`);
    book.equal('2 s are no reason to be restarted', first.status, 200);
    book.check('6 s are: /livez says so once', late.status === 503 && late.body.includes('eventloop'), late.body);
    book.equal('and is well again', recovered.status, 200);
    book.check('the metric tells of it', lag > 1, `${lag}`);
    book.equal('every connection is counted', figures.ended('finished'), report.started + HELD);
    checkBytes(book, bytes, figures);
  },
};
