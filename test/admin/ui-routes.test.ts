import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createHttpApp, type HttpApp } from '../../src/admin/http-app.ts';
import { addUiRoutes } from '../../src/admin/ui-routes.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'admin', 'ui');

function appOf(t: Test): HttpApp {
  const app = createHttpApp();
  addUiRoutes(app);
  t.teardown(() => app.close());
  return app;
}

t.test('the page is asked for each time, and its parts once', async (t) => {
  const app = appOf(t);
  const page = await app.inject({ url: '/' });
  t.equal(page.statusCode, 200);
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
  const again = await app.inject({ url: '/', headers: { 'if-none-match': String(page.headers.etag) } });
  t.match(again, { statusCode: 304, body: '' });
  const parts = [...page.body.matchAll(/(?:href|src)="([^#"]+)"/g)].map((match) => `/${match[1]}`);
  t.ok(parts.length > 30);
  for (const url of parts) {
    const part = await app.inject({ url });
    t.equal(part.statusCode, 200, url);
    t.match(part.headers['cache-control'], /immutable/, url);
    t.match(part.headers['content-type'], /^(text\/(javascript|css)|image\/svg\+xml)/, url);
  }
});

t.test('scripts and styles come from here alone, and no page frames this one', async (t) => {
  const app = appOf(t);
  const { headers, body } = await app.inject({ url: '/' });
  const policy = String(headers['content-security-policy']);
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
    t.ok(policy.includes(rule), rule);
  }
  t.notMatch(policy, /unsafe/);
  t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  t.notMatch(body, /<script(?! type="module" src=)|<style|\sstyle=|\son\w+=/, 'nothing stands in the page itself');
  t.notMatch(body, /https?:\/\//, 'and nothing comes from elsewhere');
});

t.test('only the parts of this version are there', async (t) => {
  const app = appOf(t);
  const { body } = await app.inject({ url: '/' });
  const folder = /"(ui\/[0-9a-f]+\/)app\.js"/.exec(body)?.[1] ?? '';
  const absent = ['ui/0123456789abcdef/app.js', 'ui/app.js', 'index.html', 'tsconfig.json', '..%2Fview.ts', ''];
  for (const [index, name] of absent.entries()) {
    const url = index < 2 ? `/${name}` : `/${folder}${name}`;
    t.equal((await app.inject({ url })).statusCode, 404, url);
  }
});

t.test('the page names every module and style, so that none is asked for late', async (t) => {
  const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const files = readdirSync(FOLDER).filter((name) => /\.(js|css)$/.test(name));
  for (const name of files) t.ok(html.includes(`"ui/${name}"`), name);
});

t.test('no module makes markup of text', async (t) => {
  for (const name of readdirSync(FOLDER).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    t.notMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
  }
});
