/**
 * An endpoint that is gone without a FIN: its pod is cut off, and nobody says so.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { loadText, paced, startEchoes, WEB_IP, web } from './web.ts';

const HELD = 90;
const EJECTION_MS = 3_000;

export const silentEndpoint: Scenario = {
  name: 'silent-endpoint',
  title: 'an endpoint of three is gone without a FIN',
  async run(lab, book) {
    await startEchoes(lab);
    lab.publish([web()]);
    const idleMs = lab.pick(6_000, 2_000);
    const [limits, ejection] = [{ idleTimeout: `${idleMs}ms` }, { consecutiveFailures: 3, base: '60s' }];
    await lab.start({ defaults: { limits, ejection } });
    await lab.clients.hold('held', { hosts: [WEB_IP], port: 80, count: HELD, everyMs: 200, bytes: 200 });
    await lab.clients.load('before', paced(100));
    await sleep(1_000);
    const before = await lab.clients.stopLoad('before');
    lab.spaces.cutOff('pod0');
    const cut = performance.now();
    await lab.clients.load('after', paced(100));
    const isEjected = await lab.comes(
      async () => (await lab.figures()).sum('svclane_ejections_total') > 0,
      EJECTION_MS,
    );
    const ejectedMs = Math.round(performance.now() - cut);
    const ended = await lab.comes(async () => (await lab.clients.heldReport('held')).open <= (HELD * 2) / 3);
    const endedMs = Math.round(performance.now() - cut);
    const after = await lab.clients.stopLoad('after');
    const held = await lab.clients.release('held');
    const figures = await lab.quiet();
    book.note(`before: ${loadText(before)}; after: ${loadText(after)}`);
    book.note(`left out after ${ejectedMs} ms, for ${figures.sum('svclane_dial_failures_total')} dials that failed`);
    book.note(`${HELD} held flows: ${HELD / 3} of the pod ended after ${endedMs} ms (idle time-out ${idleMs} ms)`);
    book.equal('no new connection fails', { ...before.failures, ...after.failures }, {});
    book.check('the endpoint is left out within 3 s', isEjected, `${ejectedMs} ms`);
    book.check('its flows end', ended);
    book.atMost('its flows end by the idle time-out', endedMs, idleMs * 1.5 + 1_500);
    book.equal('no other flow ends', held.ended.finished, (HELD * 2) / 3);
    book.equal('svclane counts them as idle', figures.ended('idle'), HELD / 3);
    book.equal('every connection is counted', figures.opened('web'), HELD + before.started + after.started);
    book.equal('bytes to clients are counted', figures.bytesOut, before.bytes + after.bytes + held.received);
  },
};
