/**
 * A rollout under load: every endpoint is replaced, one after the other, again and again.
 *
 * A pod that is to end refuses new connections from that moment on, at which svclane cannot know it yet. What it has taken
 * it serves to the end: also what waits to be accepted, which a socket that is closed at once would reset.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/lab.ts';
import type { EndpointWish } from '../lab/objects.ts';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import { acceptedBy, checkBytes, ECHO_PORT, ECHOES, loadText, paced, startEchoes, web } from './web.ts';

const PODS = ['pod0', 'pod1', 'pod2'] as const;
const RATE = 200;
const STEP_MS = 300;

export const rollout: Scenario = {
  name: 'rollout',
  title: 'rollout under 200 new connections/s',
  async run(lab, book) {
    await startEchoes(lab);
    lab.publish([web()]);
    await lab.start();
    await lab.clients.load('web', paced(RATE));
    const replaced = await replaceAll(lab, lab.pick(20_000, 5_000));
    const report = await lab.clients.stopLoad('web');
    const figures = await lab.quiet();
    const retries = figures.sum('svclane_dial_retries_total');
    book.note(`${loadText(report)}; ${replaced} endpoints replaced, ${retries} dials made again at another one`);
    book.equal('no client sees an error', report.failures, {});
    book.equal('every connection is counted', figures.opened('web'), report.started);
    book.equal('every connection is counted as finished', figures.ended('finished', 'web'), report.started);
    book.equal('the pods accepted as many', await acceptedBy(lab), report.started);
    checkBytes(book, report.bytes, figures);
  },
};

/** How many endpoints were replaced in the time. */
async function replaceAll(lab: Lab, ms: number): Promise<number> {
  const until = performance.now() + ms;
  const current: EndpointWish[] = [...ECHOES];
  let replaced = 0;
  while (performance.now() < until) {
    const place = replaced % POD_ADDRESSES.length;
    const [old, address] = [current[place], POD_ADDRESSES[place]];
    if (old === undefined || address === undefined) break;
    const fresh = { address, port: ECHO_PORT + 1 + replaced };
    await lab.pod(place).serveTcp({ ...fresh, manner: 'echo' });
    current[place] = fresh;
    lab.publish([web([...current, { ...old, terminating: true }])]);
    lab.spaces.refuse(PODS[place] ?? 'pod0', old.port);
    await sleep(STEP_MS);
    await lab.pod(place).stopAccepting(old.address, old.port);
    lab.publish([web(current)]);
    await sleep(STEP_MS);
    replaced += 1;
  }
  return replaced;
}
