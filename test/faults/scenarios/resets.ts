/**
 * A storm of resets, from clients and pods at random moments, beside a Service where nobody resets.
 */

import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Scenario } from '../scenario.ts';
import { inPods, loadText, PATIENT, paced, startEchoes, web } from './web.ts';

const STORM_PORT = 9000;
const STORM_IP = '10.96.0.2';

export const resets: Scenario = {
  name: 'resets',
  title: 'storms of resets, from clients and pods',
  async run(lab, book) {
    await startEchoes(lab);
    await Promise.all(
      POD_ADDRESSES.map((address, i) => lab.pod(i).serveTcp({ address, port: STORM_PORT, manner: 'storm' })),
    );
    lab.publish([web(), { name: 'storm', ip: STORM_IP, endpoints: inPods(STORM_PORT) }]);
    await lab.start({ defaults: { connect: PATIENT } });
    const descriptors = lab.descriptors();
    await lab.clients.load('calm', paced(50));
    const count = lab.pick(50_000, 4_000);
    const big = { count, concurrency: 100, maxBytes: 300_000, pieces: 4, pauseMs: 5, resetPercent: 50 };
    await lab.clients.load('storm', paced(0, { hosts: [STORM_IP], ...big }));
    const storm = await lab.clients.loadDone('storm');
    const calm = await lab.clients.stopLoad('calm');
    const figures = await lab.quiet();
    const causes = ['finished', 'client-reset', 'endpoint-reset', 'dial-failed'];
    const known = causes.reduce((sum, cause) => sum + figures.ended(cause, 'storm'), 0);
    book.note(`storm: ${loadText(storm)}; svclane counts ${figures.causes()}`);
    book.note(`beside it: ${loadText(calm)}`);
    book.equal('no byte is wrong', storm.failures.wrong ?? 0, 0);
    book.check('there was a storm', storm.failedConnected > count / 4, `${storm.failedConnected}`);
    book.equal('every connection is counted', figures.opened('storm'), storm.started);
    book.equal('each by its cause', known, storm.started);
    book.check('who was answered is counted as finished', figures.ended('finished', 'storm') >= storm.answered);
    book.equal('the others see nothing of it', calm.failures, {});
    book.equal('and are counted as finished', figures.ended('finished', 'web'), calm.started);
    book.check('descriptors return', await lab.comes(() => lab.descriptors() <= descriptors), `${lab.descriptors()}`);
  },
};
