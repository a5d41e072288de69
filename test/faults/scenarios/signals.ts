/**
 * Signals under load: stop, reload, hand-over, and kill.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import type { Scenario } from '../scenario.ts';
import { checkBytes, loadText, paced, startEchoes, WEB_IP, web } from './web.ts';

const HELD = 50;
const GRACE_MS = 60_000;
const LOAD = paced(100);
const HOLD = { hosts: [WEB_IP], port: 80, count: HELD, everyMs: 50, bytes: 1_000 };

async function begin(lab: Lab): Promise<void> {
  await startEchoes(lab);
  lab.publish([web()]);
  await lab.start({ defaults: { drain: { grace: `${GRACE_MS}ms` } } });
  await lab.clients.hold('held', HOLD);
  await lab.clients.load('web', LOAD);
  await sleep(lab.pick(3_000, 1_000));
}

export const sigterm: Scenario = {
  name: 'sigterm',
  title: 'SIGTERM under load',
  async run(lab, book) {
    await begin(lab);
    await lab.clients.stopLoad('web');
    // Each takes two seconds, and is in its middle when the signal comes.
    await lab.clients.load(
      'long',
      paced(0, { count: 200, concurrency: 200, minBytes: 50_000, maxBytes: 50_000, pieces: 20, pauseMs: 100 }),
    );
    await sleep(1_000);
    const middle = await lab.clients.loadReport('long');
    lab.svclane.kill('SIGTERM');
    await lab.svclane.until(/"reason":"Stopping"/);
    await sleep(200);
    await lab.clients.load('new', paced(50));
    await sleep(500);
    const refused = await lab.clients.stopLoad('new');
    const long = await lab.clients.loadDone('long');
    const held = await lab.clients.release('held');
    const signalled = performance.now();
    const exit = await lab.svclane.exit;
    book.note(`${middle.inFlightConnected} connections in flight: ${loadText(long)}`);
    book.note(`${HELD} held flows: ${held.answers} answers in turn, ended by their clients`);
    book.note(`new ones meanwhile: ${refused.started} in, ${refused.failures.ECONNREFUSED ?? 0} refused`);
    book.equal('all were in flight', middle.inFlightConnected, 200);
    book.equal('connections in flight finish', long.failures, {});
    book.equal('held flows go on until their clients end them', held.ended, { finished: HELD });
    book.equal('new ones are refused', refused.failures, { ECONNREFUSED: refused.started });
    book.equal('it ends with exit code 0', exit, 0);
    book.atMost('it ends with the last flow (ms)', performance.now() - signalled, 2_000);
  },
};

export const sighup: Scenario = {
  name: 'sighup',
  title: 'SIGHUP under load: the configuration is read again',
  async run(lab, book) {
    await begin(lab);
    const reloads = lab.pick(20, 5);
    for (let i = 1; i <= reloads; i++) {
      lab.configure({ defaults: { drain: { grace: `${GRACE_MS + i}ms` }, connect: { tries: 3 + (i % 2) } } });
      lab.svclane.kill('SIGHUP');
      await lab.svclane.until(new RegExp(`("reason":"Reloaded"[^]*){${i}}`));
    }
    const report = await lab.clients.stopLoad('web');
    const held = await lab.clients.release('held');
    const figures = await lab.quiet();
    book.note(`${reloads} reloads: ${loadText(report)}; ${HELD} held flows, ${held.answers} answers in turn`);
    book.equal('no connection fails', report.failures, {});
    book.equal('no flow ends', held.ended, { finished: HELD });
    book.equal('every connection is counted', figures.ended('finished'), report.started + HELD);
    checkBytes(book, report.bytes + held.received, figures);
  },
};

export const handOver: Scenario = {
  name: 'hand-over',
  title: 'SIGUSR2 under load: a new process takes over',
  async run(lab, book) {
    await begin(lab);
    const times = lab.pick(10, 3);
    const pids = [lab.svclane.pid];
    for (let i = 1; i <= times; i++) {
      process.kill(pids.at(-1) ?? 0, 'SIGUSR2');
      await lab.svclane.until(new RegExp(`("reason":"HandedOver"[^]*){${i}}`));
      pids.push(...lab.successors.slice(i - 1, i));
      await sleep(300);
    }
    const report = await lab.clients.stopLoad('web');
    const held = await lab.clients.release('held');
    process.kill(pids.at(-1) ?? 0, 'SIGTERM');
    const exit = await lab.svclane.exit;
    book.note(`${times} hand-overs: ${loadText(report)}; ${HELD} held flows, ${held.answers} answers in turn`);
    book.equal('none is refused, none reset', report.failures, {});
    book.equal('no flow ends', held.ended, { finished: HELD });
    book.equal('the first process ends with exit code 0', exit, 0);
  },
};

export const sigkill: Scenario = {
  name: 'sigkill',
  title: 'SIGKILL under load, and the next start beside the leftovers',
  async run(lab, book) {
    await begin(lab);
    const before = await lab.clients.loadReport('web');
    lab.svclane.kill('SIGKILL');
    await lab.svclane.exit;
    const killed = performance.now();
    await sleep(500);
    const meanwhile = await lab.clients.stopLoad('web');
    const held = await lab.clients.heldReport('held');
    await lab.restart();
    const backMs = Math.round(performance.now() - killed);
    await lab.clients.load('after', LOAD);
    await sleep(1_000);
    const after = await lab.clients.stopLoad('after');
    const figures = await lab.quiet();
    const refused = meanwhile.failures.ECONNREFUSED ?? 0;
    book.note(
      `${before.inFlight + HELD} in flight at the kill; ${meanwhile.failedConnected} short and ${HELD - held.open} held flows lost`,
    );
    book.note(`${refused} refused until it served again, ${backMs} ms after the kill; then ${loadText(after)}`);
    // The kernel closes the sockets: by a reset where something was unread, else by a FIN.
    const { finished = 0, wrong = 0 } = held.ended;
    book.equal('all that was in flight is lost', [held.open, finished, wrong], [0, 0, 0]);
    book.equal('what was answered before was right', meanwhile.failures.wrong ?? 0, 0);
    book.atMost('no more is lost than was in flight', meanwhile.failedConnected, before.inFlight + 100 * 0.2);
    book.check('others are refused', refused > 0, `${refused}`);
    book.equal('the next one serves all', after.failures, {});
    book.equal('and counts them', figures.ended('finished'), after.started);
    checkBytes(book, after.bytes, figures);
  },
};
