import t from 'tap';
import { SvclaneError } from '../../../src/errors.ts';
import {
  answerFailure,
  retryAfterMs,
  statusAnswer,
  transportFailure,
} from '../../../src/source/kubernetes/api-failure.ts';

const access = { server: 'https://api:6443', verb: 'watch', resource: 'services', namespace: 'shop' };

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error('', { cause }), { code });
}

t.test('a broken request tells its errno and what would help', async (t) => {
  const cases = [
    { name: 'refused', error: coded('ECONNREFUSED'), errno: 'ECONNREFUSED', hint: /running/ },
    { name: 'name', error: coded('ENOTFOUND'), errno: 'ENOTFOUND', hint: /DNS/ },
    { name: 'certificate', error: coded('DEPTH_ZERO_SELF_SIGNED_CERT'), errno: /SELF_SIGNED/, hint: /certificate/ },
    { name: 'route', error: coded('UND_ERR_CONNECT_TIMEOUT'), errno: /TIMEOUT/, hint: /VPN/ },
    { name: 'wrapped', error: coded('UND_ERR_SOCKET', coded('ECONNRESET')), errno: 'ECONNRESET' },
    { name: 'closed', error: coded('UND_ERR_SOCKET'), errno: 'UND_ERR_SOCKET' },
    { name: 'several', error: new AggregateError([new Error('x'), coded('ECONNREFUSED')]), errno: 'ECONNREFUSED' },
    { name: 'none', error: new Error('strange'), errno: 'unknown error', message: /strange/ },
    { name: 'no error', error: 'text', errno: 'unknown error' },
  ];
  for (const { name, error, errno, hint = /./, message = /cannot reach the API server https:\/\/api/ } of cases) {
    const failure = transportFailure('https://api', error);
    t.match(failure, { code: 'SVL_API_UNREACHABLE', message, hint, facts: { errno } }, name);
  }
  const own = new SvclaneError('SVL_KUBECONFIG', 'mine');
  t.equal(transportFailure('https://api', own), own);
});

t.test('an error answer is coded by its status', async (t) => {
  const answer = (status: number, message = '') => answerFailure(access, { status, message });
  t.match(answer(401), { code: 'SVL_API_UNAUTHORIZED', hint: /log in/ });
  t.match(answer(403), { code: 'SVL_API_FORBIDDEN', message: 'not allowed to watch services in namespace shop (403)' });
  t.match(answer(500, 'boom'), {
    code: 'SVL_API_RESPONSE',
    message: 'the API server https://api:6443 answered 500 to watch services in namespace shop: boom',
    facts: { status: 500 },
  });
});

t.test('a Status is read as far as it is one', async (t) => {
  t.same(statusAnswer({ code: 410, message: 'old' }), { status: 410, message: 'old', retryAfterMs: undefined });
  t.equal(statusAnswer({ code: 429, details: { retryAfterSeconds: 3 } }).retryAfterMs, 3000);
  for (const value of [undefined, null, 'x', [], { code: '410' }]) t.equal(statusAnswer(value).status, 500);
});

t.test('Retry-After is read in both of its forms', async (t) => {
  const nowMs = Date.UTC(2026, 0, 1);
  const cases: [string | string[] | undefined, number | undefined][] = [
    ['5', 5000],
    [['5', '6'], 5000],
    ['Thu, 01 Jan 2026 00:00:04 GMT', 4000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, expected] of cases) t.equal(retryAfterMs(header, nowMs), expected, String(header));
});
