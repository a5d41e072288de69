import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import type { HttpApp } from '../../src/admin/http-app.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { documentOf, operationsOf } from '../fixtures/api-document.ts';
import { fullApp, fullView, RIGHT } from '../fixtures/api-view.ts';
import { PROPERTY_SEED } from '../fixtures/property.ts';

const NUM_RUNS = Number(process.env.SVCLANE_FUZZ_RUNS ?? 1500);

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const WORDS = [
  'shop',
  'web',
  'http',
  '80',
  '53/udp',
  'c-41',
  '10.244.1.7',
  '::',
  '1',
  '-1',
  '1e9',
  'true',
  'null',
  '%00',
];
const KEYS = [
  'namespace',
  'service',
  'port',
  'limit',
  'continue',
  'at',
  'since',
  'from',
  'to',
  'node',
  'family',
  'reasons',
  'ttl',
];

const text = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.string({ maxLength: 700 }),
);
const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 12 })), text), {
  maxLength: 5,
});
const headers = fc.dictionary(
  fc.constantFrom(
    'accept',
    'content-type',
    'last-event-id',
    'origin',
    'if-none-match',
    'expect',
    'x-forwarded-for',
    'cookie',
  ),
  fc.oneof(fc.constantFrom('application/json', 'text/plain', '*/*', 'null', 'http://evil.example', ''), headerText()),
  { maxKeys: 3 },
);
const bodyKeys = fc.oneof(
  fc.constantFrom(...KEYS, 'target', 'timeoutMs', 'latency', '__proto__', 'constructor'),
  fc.string(),
);
const body = fc.oneof(
  fc.json(),
  fc.dictionary(bodyKeys, fc.oneof(text, fc.jsonValue())).map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 200, unit: 'binary' }),
);

/** What a header can hold at all. */
function headerText(): fc.Arbitrary<string> {
  return fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/g, '?'));
}

/** Paths of the document with anything for their parameters, and any others. */
function paths(templates: readonly string[]): fc.Arbitrary<string> {
  const filled = fc
    .tuple(fc.constantFrom(...templates), fc.infiniteStream(text))
    .map(([template, values]) => template.replace(/\{\w+\}/g, () => encodeURIComponent(values.next().value ?? '')));
  const raw = fc.string({ maxLength: 80 }).map((value) => `/${value.replace(/[^\x21-\x7e]/g, '%')}`);
  // `inject` reads URLs as browsers do; the socket below gets what these leave out.
  return fc
    .oneof({ weight: 6, arbitrary: filled }, { weight: 1, arbitrary: raw })
    .filter((path) => URL.canParse(path, 'http://localhost'));
}

t.test('whatever is asked, an error is a problem document below 500, and the app lives on', async (t) => {
  const app = fullApp();
  t.teardown(() => app.close());
  const templates = operationsOf(await documentOf(app)).map(({ path }) => path);
  const request = fc.record({
    method: fc.constantFrom(...METHODS),
    path: paths(templates),
    query,
    headers,
    body,
    hasToken: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(request, async (asked) => check(app, asked)),
    { seed: PROPERTY_SEED, numRuns: NUM_RUNS },
  );
  t.equal((await app.inject({ url: '/v1/version' })).statusCode, 200);
});

interface Asked {
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly query: [string, string][];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly hasToken: boolean;
}

async function check(app: HttpApp, { method, path, query, headers, body, hasToken }: Asked): Promise<void> {
  // These may go on for ever.
  if (method === 'GET' && /^\/v1\/(events|bundle)/.test(path)) return;
  const url = `${path}?${new URLSearchParams(query)}`;
  const payload = method === 'GET' || method === 'HEAD' ? {} : { payload: body };
  const response = await app.inject({ method, url, headers: { ...headers, ...(hasToken && RIGHT) }, ...payload });
  const { statusCode } = response;
  if (statusCode >= 500) throw new Error(`${statusCode} ${response.body}`);
  if (!hasToken && method !== 'GET' && method !== 'HEAD' && statusCode < 400)
    throw new Error('changed without a token');
  if (statusCode < 400 || method === 'HEAD') return;
  const type = String(response.headers['content-type']);
  if (!type.startsWith('application/problem+json')) throw new Error(`${statusCode} is ${type}`);
  const problem: unknown = response.json();
  if (typeof problem !== 'object' || problem === null || !('code' in problem)) throw new Error(response.body);
}

t.test('whatever bytes come, the server lives on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-fuzz-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'admin.sock');
  const server = createAdminServer(fullView(), { listen: `unix:${path}`, clock: systemClock });
  t.teardown(() => server.close());
  await server.start();
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'CONNECT', 'G\0T'),
        fc.string({ maxLength: 60 }),
        fc.string({ maxLength: 200 }),
      )
      .map(([method, target, rest]) =>
        Buffer.from(`${method} /${target} HTTP/1.1\r\nHost: a\r\n${rest}\r\n\r\n${rest}`),
      ),
  );
  await fc.assert(
    fc.asyncProperty(garbage, async (bytes) => {
      const answer = await exchange(path, bytes);
      if (/^HTTP\/1\.1 5/.test(answer)) throw new Error(answer);
    }),
    { seed: PROPERTY_SEED, numRuns: Math.ceil(NUM_RUNS / 5) },
  );
  t.match(
    await exchange(path, Buffer.from('GET /v1/version HTTP/1.1\r\nHost: a\r\n\r\n')),
    /^HTTP\/1\.1 200 .*1\.2\.3/s,
  );
});

/** Sends bytes and nothing more; what comes back until the server closes. */
async function exchange(path: string, bytes: Buffer): Promise<string> {
  const socket = connect({ path });
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
}
