import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { shopObjects } from '../fixtures/page-objects.ts';
import { checkAccessibility, keepScreenshot, openPage, startGate } from '../fixtures/page-rig.ts';

/** What has the focus: its id, or its text. */
const FOCUSED = `document.activeElement.id || document.activeElement.textContent`;

t.test('everything can be reached and done by keys alone', async (t) => {
  const port = await freePort();
  const daemon = await startManifestDaemon(t, shopObjects(port));
  await daemon.replace(shopObjects(port, { isWebDown: true }));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, url);
  const { keyboard } = page;
  const active = () => page.evaluate<string>(`document.querySelector('.row.is-active')?.dataset.key`);
  await page.getByRole('listbox').getByRole('option').first().waitFor();

  await keyboard.press('Tab');
  t.equal(await page.evaluate(FOCUSED), 'skip', 'the first stop leads past the header');
  await keyboard.press('Enter');
  t.equal(await page.evaluate(FOCUSED), 'services');
  t.equal(await active(), 'shop/api');
  for (const [key, expected] of [
    ['j', 'shop/db'],
    ['ArrowDown', 'shop/empty'],
    ['k', 'shop/db'],
    ['ArrowUp', 'shop/api'],
    ['ArrowUp', 'shop/api'],
    ['End', 'shop/web'],
    ['Home', 'shop/api'],
    ['PageDown', 'shop/web'],
    ['PageUp', 'shop/api'],
  ] as const) {
    await keyboard.press(key);
    t.equal(await active(), expected, key);
  }
  const described = `document.querySelector('#services').getAttribute('aria-activedescendant') === document.querySelector('.is-active').id`;
  t.ok(await page.evaluate(described), 'a screen reader is told which row it is');

  await keyboard.press('/');
  await keyboard.type('ready web');
  await page.getByText('1 of 5 Services').waitFor();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'shop/web', level: 1 }).waitFor();
  t.equal(await page.evaluate(FOCUSED), 'services', 'the list keeps the focus');
  t.match(page.url(), /#svc=shop\/web&q=ready\+web$/);
  await page.getByRole('region', { name: 'Explain' }).getByText('EP_NOT_READY').first().waitFor();

  for (const [key, id] of Object.entries({ e: 'explain', p: 'endpoints', f: 'flows', g: 'rates', h: 'history' })) {
    await keyboard.press(key);
    t.equal(await page.evaluate(FOCUSED), `${id}-title`, key);
  }
  await keyboard.press('[');
  await page.locator('#bar').getByText('You look at the past: rev 1').waitFor();
  await keyboard.press(']');
  await page.locator('#bar').getByText('Live', { exact: true }).waitFor();
  await keyboard.press('[');
  await keyboard.press('l');
  await page.locator('#bar').getByText('Live', { exact: true }).waitFor();

  await keyboard.press('/');
  await keyboard.press('Escape');
  await page.getByText('5 Services', { exact: true }).waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Space');
  await page.getByText('3 of 5 Services').waitFor();
  t.equal(await page.getByRole('listbox').getByRole('option').count(), 3, 'only those with problems');

  await page.getByRole('button', { name: 'Help and keys' }).focus();
  await keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await help.waitFor();
  await keepScreenshot(page, 'help-dark');
  await checkAccessibility(t, page, 'help, dark');
  await keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  t.equal(await page.evaluate(FOCUSED), 'help', 'the focus is back');

  const theme = () => page.evaluate('document.documentElement.dataset.theme');
  t.equal(await theme(), 'dark');
  await keyboard.press('t');
  t.equal(await theme(), 'light');
  await page.reload();
  t.equal(await theme(), 'light', 'the choice is remembered');

  await keyboard.press('?');
  await page.getByLabel(/Single keys do this/).press('Space');
  await keyboard.press('Escape');
  await keyboard.press('t');
  t.equal(await theme(), 'light', 'single keys can be switched off');
});

t.test('whoever wants no motion sees none', async (t) => {
  const daemon = await startManifestDaemon(t, shopObjects(await freePort()));
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, `${url}#svc=shop/web`, { reducedMotion: 'reduce' });
  await page.getByText('✓ Forward').waitFor();
  const moving = `[...document.querySelectorAll('*')].filter((element) => {
    const { transitionDuration, animationName } = getComputedStyle(element);
    return transitionDuration !== '0s' || animationName !== 'none';
  }).length`;
  t.equal(await page.evaluate(moving), 0);
});
