/**
 * The API server goes away under load, and comes back with changes.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HEALTH_PORT, type Lab } from '../lab/lab.ts';
import { objectsOf, type ServiceWish } from '../lab/objects.ts';
import type { Scenario } from '../scenario.ts';
import { checkBytes, ECHOES, loadText, paced, startEchoes, web } from './web.ts';

/** The longest pause between two tries, with some to spare. */
const RETRY_MS = 45_000;
const OTHER = { name: 'other', ip: '10.96.0.2', endpoints: ECHOES };

export const apiAway: Scenario = {
  name: 'api-away',
  title: 'the API server is away',
  async run(lab, book) {
    const awayMs = lab.pick(60_000, 10_000);
    const node = lab.peer('node');
    await startEchoes(lab);
    const kubeconfig = join(lab.folder, 'kubeconfig');
    writeFileSync(kubeconfig, await node.startApi());
    await publish(lab, web(ECHOES.slice(0, 2)));
    await lab.start({ config: { source: 'kubernetes', clientConnection: { kubeconfig } } });
    await lab.clients.load('web', paced(50));
    await sleep(500);
    await node.stopApi();
    await sleep(awayMs / 2);
    await publish(lab, OTHER);
    await sleep(awayMs / 2);
    const [loose, strict] = [await lab.get(HEALTH_PORT, '/healthz'), await lab.get(HEALTH_PORT, '/healthz?strict')];
    await node.restartApi();
    const back = performance.now();
    const followed = await lab.comes(async () => (await lab.figures()).sum('svclane_endpoints') >= 5, RETRY_MS);
    const followedMs = Math.round(performance.now() - back);
    await lab.clients.load('other', paced(0, { hosts: [OTHER.ip], count: 20, concurrency: 5 }));
    const other = await lab.clients.loadDone('other');
    const report = await lab.clients.stopLoad('web');
    const figures = await lab.quiet();
    const isWell = async () => (await lab.get(HEALTH_PORT, '/healthz?strict')).status === 200;
    const well = await lab.comes(isWell, RETRY_MS);
    const wellMs = Math.round(performance.now() - back);
    book.note(`away for ${awayMs / 1000} s: ${loadText(report)}`);
    book.note(
      `/healthz ${loose.status}, ?strict ${strict.status}; back: a change of meanwhile is followed after ${followedMs} ms, every watch is well after ${wellMs} ms`,
    );
    book.equal('traffic is not affected', report.failures, {});
    book.equal(
      '/healthz stays well, and says that it is stale',
      [loose.status, /"stale":true/.test(loose.body)],
      [200, true],
    );
    book.equal('?strict does not', strict.status, 503);
    book.check('changes are followed afterwards', followed);
    book.equal('new Services are served', other.failures, {});
    book.check('?strict is well again when every watch is', well, `503 after ${wellMs} ms`);
    book.equal('every connection is counted', figures.ended('finished'), report.started + other.started);
    checkBytes(book, report.bytes + other.bytes, figures);
  },
};

async function publish(lab: Lab, wish: ServiceWish): Promise<void> {
  for (const object of objectsOf(wish)) await lab.peer('node').setObject(object);
}
