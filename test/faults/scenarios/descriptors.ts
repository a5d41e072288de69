/**
 * Descriptors run out: by svclane's own limit, which it knows, and by one that is lowered while it runs.
 */

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import { HEALTH_PORT } from '../lab/lab.ts';
import type { Book, Scenario } from '../scenario.ts';
import { loadText, paced, startEchoes, WEB_IP, web } from './web.ts';

const LIMIT = 400;
const HELD = 400;
const AFTER = 200;

export const descriptors: Scenario = {
  name: 'descriptors',
  title: 'descriptors run out',
  async run(lab, book) {
    await startEchoes(lab);
    lab.publish([web()]);
    await lab.start({ descriptors: LIMIT });
    const before = lab.descriptors();
    await beyondTheLimit(lab, book);
    await beyondALowerLimit(lab, book, before);
    book.check('descriptors return', await lab.comes(() => lab.descriptors() <= before), `${lab.descriptors()}`);
  },
};

async function beyondTheLimit(lab: Lab, book: Book): Promise<void> {
  const held = await lab.clients.hold('held', { hosts: [WEB_IP], port: 80, count: HELD, everyMs: 100, bytes: 500 });
  const health = await lab.get(HEALTH_PORT, '/healthz');
  await sleep(500);
  const released = await lab.clients.release('held');
  const { shed, figures } = await shedBy(lab);
  book.note(`limit ${LIMIT}: ${HELD} connections in, ${held.served} served, ${shed} shed`);
  book.check('some are served, some are shed', held.served > 100 && shed > 100, `${held.served} and ${shed}`);
  book.equal('who is served is served to the end', released.ended.finished, held.served);
  book.equal('all others are counted as shed', released.ended.ECONNRESET, shed);
  book.equal('health answers meanwhile', health.status, 200);
  book.equal('every connection is counted', figures.opened(), HELD);
  await recovers(lab, book, 'after the limit was reached');
}

/** Even accept fails then. */
async function beyondALowerLimit(lab: Lab, book: Book, idle: number): Promise<void> {
  const before = await shedBy(lab);
  const { pid } = lab.svclane;
  const lower = (limit: number): void => void execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:${LIMIT}`]);
  lower(idle + 21);
  const held = await lab.clients.hold('more', { hosts: [WEB_IP], port: 80, count: 60, everyMs: 100, bytes: 500 });
  await sleep(500);
  const meanwhile = await lab.clients.heldReport('more');
  lower(LIMIT);
  const released = await lab.clients.release('more');
  const { shed } = await shedBy(lab);
  book.note(
    `limit lowered to ${idle + 21} while it runs: 60 in, ${held.served} served, ${shed - before.shed} shed and counted`,
  );
  book.check('some are served all the same', held.served > 0, `${held.served}`);
  book.equal('who is served is not touched', meanwhile.open, held.served);
  book.equal('who is served is served to the end', released.ended.finished, held.served);
  await recovers(lab, book, 'after the lower limit');
}

async function recovers(lab: Lab, book: Book, when: string): Promise<void> {
  await sleep(600);
  const load = paced(0, { count: AFTER, concurrency: 10, pieces: 1 });
  await lab.clients.load(when, load);
  const report = await lab.clients.loadDone(when);
  book.note(`${when}: ${loadText(report)}`);
  book.equal(`${when} all are served again`, report.failures, {});
}

async function shedBy(lab: Lab): Promise<{ shed: number; figures: Awaited<ReturnType<Lab['quiet']>> }> {
  const figures = await lab.quiet();
  return { shed: figures.sum('svclane_shed_total', { reason: 'descriptors' }), figures };
}
