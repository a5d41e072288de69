import { createConnection } from 'node:net';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { PREFIX, startBackends, startManifestDaemon, tryConnection } from '../fixtures/manifest-daemon.ts';
import { shopObjects } from '../fixtures/page-objects.ts';
import { checkAccessibility, keepScreenshot, openPage, startGate } from '../fixtures/page-rig.ts';

t.test('every view shows what the daemon knows, in both colours', async (t) => {
  const port = await freePort();
  await startBackends(t, port);
  const daemon = await startManifestDaemon(t, shopObjects(port));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, url, { colorScheme: 'dark' });

  const list = page.getByRole('listbox', { name: 'Services' });
  await list
    .getByRole('option', { name: /^shop\/web .*, 2 of 4 endpoints ready, part of the endpoints ready/ })
    .waitFor();
  t.equal(await list.getByRole('option').count(), 5);
  t.equal(await list.getByRole('option', { name: /^shop\/legacy.*not routed: SVC_EXTERNALNAME/ }).count(), 1);
  await keepScreenshot(page, 'list-dark');
  await checkAccessibility(t, page, 'the list, dark');

  await list.getByRole('option', { name: /shop\/web/ }).click();
  t.match(page.url(), /#svc=shop\/web$/);
  const funnel = page.getByRole('region', { name: 'Explain' });
  await funnel.getByText('✓ Forward').waitFor();
  const out = funnel.getByRole('listitem').filter({ hasText: 'EP_NOT_READY' }).last();
  t.match(
    await out.textContent(),
    /web-7d9f-xyz[\s\S]*EndpointSlice web-x7k[\s\S]*endpoints\[2\]\.conditions\.ready=false/,
  );
  t.match(await funnel.textContent(), /EP_TERMINATING_STANDBY/);
  t.match(await page.title(), /^shop\/web · svclane node-a$/);

  const endpoints = page.getByRole('region', { name: 'Endpoints' });
  const card = endpoints.getByRole('listitem').filter({ hasText: 'web-7d9f-klm' });
  t.match(await card.textContent(), /● ready[\s\S]*web-7d9f-klm[\s\S]*node-b[\s\S]*zone-2/);
  t.match(await endpoints.textContent(), /2 ready, 1 not ready, 1 terminating, serves/);
  t.equal(await endpoints.getByRole('button', { name: /drain/i }).count(), 0, 'without a token nothing can be changed');

  const held = createConnection({ host: `${PREFIX}.1.1`, port: 8080 });
  t.teardown(() => held.destroy());
  const flows = page.getByRole('region', { name: 'Flows', exact: true });
  const flow = flows
    .getByRole('row')
    .filter({ hasText: /127\.0\.0\.1:\d+/ })
    .first();
  await flow.getByText('● live').waitFor();
  t.match(await flow.textContent(), /c-\d+[\s\S]*web-7d9f-(abc|klm)[\s\S]*roundrobin/);
  held.destroy();
  await flows.getByText(/[✓✕] (finished|client-reset)/).waitFor();

  for (let i = 0; i < 30; i++) await tryConnection(`${PREFIX}.1.1`);
  await page.reload();
  const traffic = page.getByRole('region', { name: 'Traffic' });
  await traffic.getByRole('img', { name: /^Connects: 31 flows opened$/ }).waitFor();
  await traffic.getByText('As a table').first().click();
  t.match(await traffic.getByRole('table').first().textContent(), /Time\s*opened\s*\d\d:\d\d:\d\d/);
  await keepScreenshot(page, 'service-dark');
  await checkAccessibility(t, page, 'a Service, dark');

  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'service-light');
  await checkAccessibility(t, page, 'a Service, light');
  await page.setViewportSize({ width: 3840, height: 2160 });
  await keepScreenshot(page, 'service-4k-light');
  await page.setViewportSize({ width: 320, height: 720 });
  await keepScreenshot(page, 'service-narrow-light');
  t.ok(await page.evaluate('document.documentElement.scrollWidth <= 320'), 'nothing is wider than 320 px');
  await checkAccessibility(t, page, 'a Service, narrow');
  await page.getByRole('button', { name: 'All Services' }).click();
  await list.waitFor();
  await keepScreenshot(page, 'list-narrow-light');
  await checkAccessibility(t, page, 'the list, narrow');
});

t.test('what is refused says why, and what would help', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, shopObjects(port));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/api`);
  const funnel = page.getByRole('region', { name: 'Explain' });
  await funnel.getByText(/✕ (Refuse|Drop)/).waitFor();
  t.match(await funnel.textContent(), /EP_NOT_LOCAL[\s\S]*endpoints\[0\]\.nodeName="node-c"/);
  t.match(await funnel.textContent(), /Would work if[\s\S]*internalTrafficPolicy="?Cluster"?/);
  await keepScreenshot(page, 'refused-dark');
  await checkAccessibility(t, page, 'refused, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'refused-light');
  await checkAccessibility(t, page, 'refused, light');

  await funnel.getByLabel('Client on node').fill('node-c');
  await funnel.getByLabel('Client address').fill('nonsense');
  await funnel.getByRole('button', { name: 'Explain', exact: true }).click();
  await funnel.getByRole('alert').filter({ hasText: 'from: no IP address' }).waitFor();
  await funnel.getByLabel('Client address').fill('');
  await funnel.getByLabel('Client address').press('Enter');
  await funnel.getByText('✓ Forward').waitFor();
  t.match(page.url(), /#svc=shop\/api&node=node-c$/, 'the link leads to the same question');
});

t.test('the time slider shows funnel and endpoints as they were', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, shopObjects(port));
  await daemon.replace(shopObjects(port, { isWebDown: true }));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/web`);
  const funnel = page.getByRole('region', { name: 'Explain' });
  const history = page.getByRole('region', { name: 'History' });
  await funnel.getByText('EP_NOT_READY').first().waitFor();
  t.match(await history.textContent(), /rev 2[\s\S]*routable 2 → 1[\s\S]*web-7d9f-abc[\s\S]*ready true → false/);
  const bar = page.locator('#bar');
  t.match(await bar.textContent(), /●\s*Live\s*watch heard/);

  await page.getByRole('slider', { name: 'Revision that is looked at' }).press('ArrowLeft');
  await bar.getByText('You look at the past: rev 1').waitFor();
  t.match(page.url(), /&at=1$/);
  await funnel.getByText('one of 2 endpoints').waitFor();
  const endpoints = page.getByRole('region', { name: 'Endpoints' });
  await endpoints.getByText('2 ready, 1 not ready').waitFor();
  t.match(
    await page.getByRole('region', { name: 'Flows', exact: true }).textContent(),
    /Flows of the past are not kept/,
  );
  t.match(await page.title(), /^◷ rev 1 · shop\/web/);
  await keepScreenshot(page, 'past-dark');
  await checkAccessibility(t, page, 'the past, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'past-light');
  await checkAccessibility(t, page, 'the past, light');

  await page.getByRole('button', { name: 'Back to live' }).click();
  await bar.getByText('Live', { exact: true }).waitFor();
  await endpoints.getByText('3 not ready').waitFor();
  await history.getByRole('button', { name: 'rev 1' }).click();
  await history.getByText('you are here').waitFor();
  await daemon.replace(shopObjects(port));
  await history.getByRole('button', { name: 'rev 3' }).waitFor();
  t.match(page.url(), /&at=1$/, 'a change does not take one out of the past');
});

t.test('every view can be copied as a command and as JSON', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, shopObjects(port));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/web&from=10.0.0.9&node=node-b`);
  await page.getByText('EP_NOT_READY').first().waitFor();
  const commands = {
    services: 'svclane get services',
    explain: 'svclane explain svc/web -n shop --from 10.0.0.9 --node node-b',
    endpoints: 'svclane get endpoints svc/web -n shop -o wide',
    flows: 'svclane get conns svc/web -n shop',
    traffic: 'svclane tap svc/web -n shop',
    history: 'svclane history svc/web -n shop --diff',
  };
  for (const [view, command] of Object.entries(commands)) {
    const group = page.getByRole('group', { name: `Copy ${view}` });
    await group.getByRole('button', { name: 'Copy CLI' }).click();
    await page.getByText(`Copied: ${command}`).waitFor();
    t.equal(await page.evaluate('navigator.clipboard.readText()'), command, view);
    await group.getByRole('button', { name: 'Copy JSON' }).click();
    await page.waitForFunction(`navigator.clipboard.readText().then((text) => /^[[{]/.test(text))`);
    t.ok(JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()')), `${view} is JSON`);
  }
});
