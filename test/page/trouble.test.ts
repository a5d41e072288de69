import { rename } from 'node:fs/promises';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { podEndpoint, serviceWithSlice, shopObjects } from '../fixtures/page-objects.ts';
import { checkAccessibility, keepScreenshot, openPage, startGate } from '../fixtures/page-rig.ts';

t.test('a daemon that is gone is told of, and found again', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, shopObjects(port));
  const gate = await startGate(t, daemon.host);
  const page = await openPage(t, `${gate.url}#svc=shop/web`);
  const bar = page.locator('#bar');
  await page.getByText('✓ Forward').waitFor();
  await gate.shut();
  await bar.getByText('Connection to the daemon lost').waitFor();
  t.match(await bar.textContent(), /What you see is \d+s old/);
  t.match(await page.title(), /^✕ lost · shop\/web/);
  t.ok(await page.getByText('✓ Forward').isVisible(), 'what was known stays in sight');
  await keepScreenshot(page, 'lost-dark');
  await checkAccessibility(t, page, 'lost, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await checkAccessibility(t, page, 'lost, light');

  await daemon.replace(shopObjects(port, { isWebDown: true }));
  await gate.open();
  await page.getByRole('button', { name: 'Try now' }).click();
  await bar.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Endpoints' }).getByText('3 not ready').waitFor();
  await daemon.replace(shopObjects(port));
  await page.getByRole('region', { name: 'Endpoints' }).getByText('2 ready').waitFor();
  t.pass('events come again');
});

t.test('a source that is away makes the bar red', async (t) => {
  const daemon = await startManifestDaemon(t, shopObjects(await freePort()));
  const gate = await startGate(t, daemon.host);
  const page = await openPage(t, `${gate.url}#svc=shop/web`);
  const bar = page.locator('#bar');
  await bar.getByText('Live', { exact: true }).waitFor();
  await rename(daemon.folder, `${daemon.folder}-away`);
  t.teardown(() => rename(`${daemon.folder}-away`, daemon.folder));
  await bar.getByText('Stale', { exact: true }).waitFor();
  t.match(await bar.textContent(), /▲\s*Stale\s*Service.*: no word for \d+.*The last good table goes on serving/);
  t.match(await page.title(), /^▲ stale · /);
  await keepScreenshot(page, 'stale-dark');
  await checkAccessibility(t, page, 'stale, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await keepScreenshot(page, 'stale-light');
  await checkAccessibility(t, page, 'stale, light');
});

const HOSTILE = [
  '<img src=x onerror="document.title=\'owned\'">',
  '</script><script>document.title="owned"</script>',
  '"><svg onload=document.title="owned">',
  "'; rm -rf / #",
  '‮gnp.exe',
];

t.test('names of objects are text, whatever is in them', async (t) => {
  const endpoints = HOSTILE.map((pod, index) => podEndpoint(index + 1, pod, { nodeName: '<b>node</b>', zone: '<i>z' }));
  const daemon = await startManifestDaemon(
    t,
    serviceWithSlice({ name: 'web', number: 1, endpoints }, await freePort()),
  );
  const gate = await startGate(t, daemon.host);
  const page = await openPage(t, `${gate.url}#svc=shop/web&from=<img src=x onerror=alert(1)>&node='; rm -rf %2F;'`);
  page.on('dialog', () => t.fail('a dialog'));
  await page
    .getByRole('region', { name: 'Endpoints' })
    .getByText(HOSTILE[0] ?? '')
    .waitFor();
  t.equal(
    await page.locator('main img, main script, main b:not([class], figcaption b), main i').count(),
    0,
    'nothing became markup',
  );
  t.notMatch(await page.title(), /owned/);
  await page.getByRole('group', { name: 'Copy explain' }).getByRole('button', { name: 'Copy CLI' }).click();
  await page.getByText('Copied: ').waitFor();
  t.equal(
    await page.evaluate('navigator.clipboard.readText()'),
    `svclane explain svc/web -n shop --from '<img src=x onerror=alert(1)>' --node ''\\''; rm -rf /;'\\'''`,
    'what is copied is one command',
  );
  await keepScreenshot(page, 'hostile');
});

t.test('what is not there is said', async (t) => {
  const daemon = await startManifestDaemon(t, shopObjects(await freePort()));
  const gate = await startGate(t, daemon.host);
  const page = await openPage(t, `${gate.url}#svc=shop/weeb`);
  const alert = page.getByRole('region', { name: 'Explain' }).getByRole('alert');
  await alert.filter({ hasText: 'there is no Service "weeb" in namespace "shop" — did you mean svc/web?' }).waitFor();
  await page.goto(`${gate.url}#svc=shop/web&at=77`);
  await alert.filter({ hasText: 'there is no revision 77 — the oldest that is there is 1' }).waitFor();
  await page.getByLabel(/^Filter Services/).fill('nothing like this');
  await page.getByText('No Service matches.').waitFor();
  t.equal(await page.getByRole('listbox').getByRole('option').count(), 0);
  await checkAccessibility(t, page, 'nothing found');
});
