import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openUiBridge } from '../../src/cli/ui-bridge.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookie: string;
}

/** A daemon that says what it was asked, and a bridge to it. */
async function rig(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-ui-'));
  const path = join(folder, 'admin.sock');
  const daemon = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method, url, headers } = incoming;
      outgoing.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
  await new Promise<void>((resolve) => daemon.listen(path, resolve));
  const bridge = await openUiBridge(path, 0);
  t.teardown(async () => {
    await bridge.close();
    daemon.close();
    rmSync(folder, { recursive: true });
  });
  const { host, port } = new URL(bridge.url);
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text, cookie }));
      });
      sent.on('error', reject).end(body);
    });
  const key = bridge.url.slice(bridge.url.indexOf('/?'));
  return { ask, key, host, daemon };
}

t.test('the key gives a cookie once, and with the cookie everything is passed on as it is', async (t) => {
  const { ask, key, host } = await rig(t);
  const { status, cookie } = await ask(key);
  t.equal(status, 303);
  const { body } = await ask('/v1/x?y=1', { cookie, authorization: 'Bearer z' }, 'POST', 'hello');
  const asked = JSON.parse(body);
  t.match(asked, { method: 'POST', url: '/v1/x?y=1', body: 'hello', headers: { host, authorization: 'Bearer z' } });
  t.notOk('cookie' in asked.headers, 'the cookie stays here');
  t.equal((await ask(key)).status, 403, 'the key is used up');
});

t.test('nobody else is let in', async (t) => {
  const { ask, key } = await rig(t);
  for (const [path, headers] of [
    ['/', {}],
    ['/?key=', {}],
    [`${key}x`, {}],
    ['/v1/routes', { cookie: 'svclane-ui=guess' }],
    [key, { host: 'evil.example' }],
  ] as const) {
    t.equal((await ask(path, headers)).status, 403, path);
  }
  t.equal((await ask(key)).status, 303, 'and the key is still good');
});

t.test('a daemon that is gone is told', async (t) => {
  const { ask, key, daemon } = await rig(t);
  const { cookie } = await ask(key);
  await new Promise((resolve) => daemon.close(resolve));
  t.match(await ask('/', { cookie }), { status: 502, body: /does not answer/ });
});
