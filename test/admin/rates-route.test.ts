import t from 'tap';
import { createHttpApp } from '../../src/admin/http-app.ts';
import { addRatesRoute } from '../../src/admin/rates-route.ts';
import { STEPS } from '../../src/admin/recent-rates.ts';
import { channels } from '../../src/observability/channels.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';

t.test('rates are told by steps of ten seconds or of a minute, for one Service or all', async (t) => {
  const clock = new FakeClock();
  const app = createHttpApp();
  addRatesRoute(app, clock);
  t.teardown(() => app.close());
  await app.ready();
  for (const connectMs of [0.2, 0.3, 0.4, 40]) {
    channels.flowOpened.publish(flowOf());
    channels.flowEnded.publish({ ...flowOf({ end: { cause: 'finished' } }), ...{ connectMs } });
  }
  const get = async (query: string) => (await app.inject({ url: `/v1/rates${query}` })).json();

  const all = await get('');
  t.match(all, { stepSeconds: 10, items: [{ namespace: 'shop', service: 'web' }] });
  const [web] = all.items;
  t.equal(web.opened.length, STEPS);
  t.equal(web.opened.at(-1), 4);
  t.equal(web.connectP50Ms.at(-1), 0.5);
  t.equal(web.connectP99Ms.at(-1), 50);
  t.equal(web.connectP50Ms.at(0), null, 'nothing was measured then');

  const byMinute = await get('?step=60&namespace=shop&service=web');
  t.equal(byMinute.stepSeconds, 60);
  t.equal(byMinute.items[0].opened.length, STEPS / 6);
  t.equal(byMinute.items[0].opened.at(-1), 4);
  t.equal(byMinute.items[0].connectP99Ms.at(-1), 50);

  t.same((await get('?namespace=other')).items, []);
  t.equal((await app.inject({ url: '/v1/rates?step=7' })).statusCode, 400);
});

t.test('counting ends with the app', async (t) => {
  const app = createHttpApp();
  addRatesRoute(app, new FakeClock());
  await app.ready();
  const followed = channels.flowOpened.hasSubscribers;
  await app.close();
  t.same([followed, channels.flowOpened.hasSubscribers], [true, false]);
});
