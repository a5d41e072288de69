import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { PREFIX, startBackends, startManifestDaemon, tryConnection } from '../fixtures/manifest-daemon.ts';
import { podEndpoint, serviceWithSlice } from '../fixtures/page-objects.ts';
import { checkAccessibility, keepScreenshot, openPage, startGate } from '../fixtures/page-rig.ts';

/** Nobody listens there. */
const DEAD = 9;

t.test('with the token one can change things, and with a wrong one nothing', async (t) => {
  const port = await freePort();
  await startBackends(t, port);
  const endpoints = [podEndpoint(1, 'web-1'), podEndpoint(2, 'web-2'), podEndpoint(DEAD, 'web-dead')];
  const daemon = await startManifestDaemon(t, serviceWithSlice({ name: 'web', number: 1, endpoints }, port));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/web`);
  const view = page.getByRole('region', { name: 'Endpoints' });
  const card = (pod: string) => view.getByRole('listitem').filter({ hasText: pod });
  await card('web-1').waitFor();

  for (let i = 0; i < 12; i++) await tryConnection(`${PREFIX}.1.1`);
  await card('web-dead').getByText('▲ ejected').waitFor();
  t.match(await card('web-dead').textContent(), /EP_EJECTED: ECONNREFUSED, 3 failures in a row.*; back in \d+/);
  t.match(await card('web-dead').textContent(), /last error\s*ECONNREFUSED, \d+s ago/);
  t.match(
    await page.getByRole('region', { name: 'Flows', exact: true }).textContent(),
    /tried \S+ ECONNREFUSED \(\d+ ms\)/,
  );
  await page.getByRole('img', { name: /^Failures: 0 clients got nothing, 3 dials failed$/ }).waitFor();
  await page.getByRole('region', { name: 'Explain' }).getByText('EP_EJECTED').waitFor();
  await keepScreenshot(page, 'ejected-dark');
  await checkAccessibility(t, page, 'ejected, dark');

  t.equal(await view.getByRole('button', { name: /^Drain/ }).count(), 0, 'read only at first');
  const enter = async (token: string): Promise<void> => {
    await page.getByRole('button', { name: 'Enter a token to change things' }).click();
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.keyboard.press('Enter');
  };
  await enter('this-is-not-the-token');
  await card('web-1')
    .getByRole('button', { name: /^Drain/ })
    .click();
  await page.getByText('The daemon refused this token.').waitFor();
  await keepScreenshot(page, 'token-refused-dark');
  await checkAccessibility(t, page, 'a refused token, dark');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await card('web-1').getByText('● ready').waitFor();
  t.equal(await view.getByRole('button', { name: /^Drain/ }).count(), 0, 'it is forgotten');

  await enter((await readFile(join(daemon.folder, '.config', 'svclane', 'token'), 'utf8')).trim());
  await card('web-1')
    .getByRole('button', { name: /^Drain/ })
    .click();
  await card('web-1').getByText('⏸ drained').waitFor();
  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'drained-light');
  await checkAccessibility(t, page, 'drained, light');
  t.equal(await tryConnection(`${PREFIX}.1.1`), `${PREFIX}.2.2:${port}`, 'it gets no new flows');
  await card('web-1')
    .getByRole('button', { name: /^Restore/ })
    .click();
  await card('web-1').getByText('● ready').waitFor();

  const held = createConnection({ host: `${PREFIX}.1.1`, port: 8080 });
  held.on('error', () => undefined);
  t.teardown(() => held.destroy());
  const ended = new Promise((done) => held.once('close', done));
  await page.getByRole('button', { name: /^Kill flow c-\d+$/ }).click();
  await ended;
  await page.getByRole('region', { name: 'Flows', exact: true }).getByText('✕ killed').waitFor();
});

t.test('overrides and faults are set for a time, counted down, and ended', async (t) => {
  const port = await freePort();
  await startBackends(t, port);
  const other = await freePort();
  await startBackends(t, other);
  const objects = serviceWithSlice({ name: 'web', number: 1, endpoints: [podEndpoint(1, 'web-1')] }, port);
  const daemon = await startManifestDaemon(t, objects);
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/web`);
  const view = page.getByRole('region', { name: 'Overrides and faults' });
  await view.getByText('Flows go as the cluster says.').waitFor();
  t.equal(await view.getByText('Set: override').isVisible(), false, 'no form without a token');
  await page.getByRole('button', { name: 'Enter a token to change things' }).click();
  const token = (await readFile(join(daemon.folder, '.config', 'svclane', 'token'), 'utf8')).trim();
  await page.getByRole('textbox', { name: 'Token' }).fill(token);
  await page.keyboard.press('Enter');

  await view.getByText('Set: override').click();
  const override = view.getByRole('form', { name: 'Override' });
  await override.getByLabel('To', { exact: true }).fill(`${PREFIX}.2.3:${other}`);
  await override.getByLabel('Lasts').fill('soon');
  await override.getByRole('button').click();
  await page.getByText(/Not done: ttl: expected/).waitFor();
  await override.getByLabel('Lasts').fill('10m');
  await override.getByRole('button').click();
  await view.getByText(`all flows to ${PREFIX}.2.3:${other}, else cluster`).waitFor();
  t.equal(await tryConnection(`${PREFIX}.1.1`), `${PREFIX}.2.3:${other}`);
  await page.getByRole('region', { name: 'Flows', exact: true }).getByText('override').first().waitFor();

  await view.getByText('Set: fault').click();
  const fault = view.getByRole('form', { name: 'Fault' });
  await fault.getByLabel('Latency').fill('20ms');
  await fault.getByRole('button').click();
  const faultItem = view.getByRole('listitem').filter({ hasText: 'latency 20ms' });
  await faultItem.getByText(/^9m5\ds left$/).waitFor();
  await keepScreenshot(page, 'interventions-dark');
  await checkAccessibility(t, page, 'overrides and faults, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'interventions-light');
  await checkAccessibility(t, page, 'overrides and faults, light');

  await view.getByRole('button', { name: 'End the fault' }).click();
  await faultItem.waitFor({ state: 'detached' });
  await view.getByRole('button', { name: 'End the override' }).click();
  await view.getByText('Flows go as the cluster says.').waitFor();
  t.equal(await tryConnection(`${PREFIX}.1.1`), `${PREFIX}.2.1:${port}`);
});

t.test('a daemon that answers others only with its token shows nothing until it is entered', async (t) => {
  const port = await freePort();
  const objects = (pod: string) => serviceWithSlice({ name: 'web', number: 1, endpoints: [podEndpoint(1, pod)] }, port);
  const listen = `0.0.0.0:${await freePort()}`;
  const daemon = await startManifestDaemon(t, objects('web-1'), `http://${listen}`);
  const page = await openPage(t, `http://${listen.replace('0.0.0.0', '127.0.0.1')}/#svc=shop/web`);
  const bar = page.locator('#bar');
  await bar.getByText('Token wanted').waitFor();
  t.notMatch(await page.locator('body').textContent(), /web-1/);
  await keepScreenshot(page, 'token-wanted-dark');
  await checkAccessibility(t, page, 'token wanted, dark');

  await page.getByRole('button', { name: 'Enter a token to change things' }).click();
  const token = (await readFile(join(daemon.folder, '.config', 'svclane', 'token'), 'utf8')).trim();
  await page.getByRole('textbox', { name: 'Token' }).fill(token);
  await page.keyboard.press('Enter');
  await bar.getByText('Live', { exact: true }).waitFor();
  const endpoints = page.getByRole('region', { name: 'Endpoints' });
  await endpoints.getByText('web-1').waitFor();
  await daemon.replace(objects('web-2'));
  await endpoints.getByText('web-2').waitFor();
});
