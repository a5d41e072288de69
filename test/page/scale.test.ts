import t from 'tap';
import { startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { checkAccessibility, keepScreenshot, openPage, startGate } from '../fixtures/page-rig.ts';
import { rawEndpoint, rawService, rawSliceOf } from '../fixtures/routing.ts';

const COUNT = 10_000;
/** Far above what is measured: a machine may be busy. */
const GENEROUS_MS = 10_000;

/** Notes when the first row is there. */
const WATCH = `{
  const timer = setInterval(() => {
    if (!document.querySelector('[role=option]')) return;
    globalThis.firstRowsMs = performance.now();
    clearInterval(timer);
  }, 5);
}`;

/** Headless, so that no socket is opened for them: 10,000 listeners are not what is looked at here. */
function manyServices(): readonly object[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const name = `service-${String(index).padStart(5, '0')}`;
    const labels = index % 10 === 0 ? { 'service.kubernetes.io/service-proxy-name': 'other' } : {};
    const spec = { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'http', port: 8000 + (index % 100) }] };
    return [
      rawService(spec, { name, labels }),
      rawSliceOf(name, `${name}-a`, [rawEndpoint(`10.1.${index >> 8}.${index & 255}`)]),
    ];
  }).flat();
}

t.test('10,000 Services are there at once, and scroll with few rows in the document', async (t) => {
  const daemon = await startManifestDaemon(t, manyServices());
  const { url } = await startGate(t, daemon.host);
  const page = await openPage(t, 'about:blank');
  await page.addInitScript(WATCH);
  await page.goto(url);
  await page.getByText(`${COUNT.toLocaleString('en')} Services`, { exact: true }).waitFor();
  const { paintMs, firstRowsMs, wholeMs } = await page.evaluate<Record<'paintMs' | 'firstRowsMs' | 'wholeMs', number>>(
    `({
      paintMs: Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime),
      firstRowsMs: Math.round(firstRowsMs),
      wholeMs: Math.round(performance.now()),
    })`,
  );
  t.comment(`${COUNT} Services: painted after ${paintMs} ms, first rows ${firstRowsMs} ms, all of them ${wholeMs} ms`);
  t.ok(paintMs < GENEROUS_MS && firstRowsMs < GENEROUS_MS, 'the first rows are there soon');
  await keepScreenshot(page, 'many-services');
  await checkAccessibility(t, page, '10,000 Services');

  const rows = () => page.getByRole('option').count();
  const few = 60;
  t.ok((await rows()) < few, 'few rows are in the document');
  const list = page.getByRole('listbox');
  t.equal(await page.getByRole('option').first().getAttribute('aria-setsize'), String(COUNT));
  const scrolled = await page.evaluate<{ most: number; frames: number; ms: number }>(`(async () => {
    const list = document.querySelector('#services');
    const nextFrame = () => new Promise(requestAnimationFrame);
    const from = performance.now();
    let most = 0;
    let frames = 0;
    for (; frames < 120; frames++) {
      list.scrollTop += 3_700;
      await nextFrame();
      await nextFrame();
      most = Math.max(most, list.querySelectorAll('[role=option]').length);
    }
    return { most, frames, ms: performance.now() - from };
  })()`);
  t.comment(`scrolling: ${scrolled.frames} steps in ${Math.round(scrolled.ms)} ms, at most ${scrolled.most} rows`);
  t.ok(scrolled.most < few, 'and stay few while one scrolls');

  await list.press('End');
  await page.getByRole('option', { name: /service-09999/ }).waitFor();
  t.equal(await page.evaluate(`document.querySelector('.is-active').getAttribute('aria-posinset')`), String(COUNT));
  const filterMs = await page.evaluate<number>(`(() => {
    const input = document.querySelector('#filter');
    const from = performance.now();
    input.value = 'service-0999 other';
    input.dispatchEvent(new Event('input'));
    return performance.now() - from;
  })()`);
  t.comment(`filtering: ${Math.round(filterMs)} ms`);
  await page.getByText('1 of 10,000 Services').waitFor();
  t.equal(await rows(), 1);
});
