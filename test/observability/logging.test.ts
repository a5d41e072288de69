import { closeSync, fstatSync, openSync } from 'node:fs';
import t, { type Test } from 'tap';
import { createLogger } from '../../src/observability/logging.ts';

type Config = Parameters<typeof createLogger>[0];

function write(format: Config['format'], target: { env?: Record<string, string>; isTTY?: boolean; fd?: number } = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line), ...(target.fd === undefined ? {} : { fd: target.fd }) };
  const { env = {}, isTTY = false } = target;
  const logger = createLogger({ format, level: 'info', accessLog: 'off' }, { stream, env, isTTY });
  logger.warn({ reason: 'DialFailed', svc: 'shop/web:http', try: 1 }, 'dial failed');
  logger.debug('not written');
  return lines;
}

function openFile(t: Test) {
  const fd = openSync(`${t.testdir({ log: '' })}/log`, 'w');
  t.teardown(() => closeSync(fd));
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return { fd, identity: `${dev}:${ino}` };
}

const TEXT =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}dial failed {2}reason=DialFailed svc=shop\/web:http try=1\n$/;
const JOURNAL = /^<4>dial failed {2}reason=DialFailed svc=shop\/web:http try=1\n$/;

t.test('each format is one line', (t) => {
  t.match(write('text'), [TEXT]);
  t.match(write('journal'), [JOURNAL]);
  const [line = ''] = write('json');
  const { ts, ...rest } = JSON.parse(line);
  t.same(rest, { level: 'warn', reason: 'DialFailed', svc: 'shop/web:http', try: 1, msg: 'dial failed' });
  t.equal(new Date(ts).toISOString(), ts);
  t.end();
});

t.test('auto is journal where the stream is journald, text on a terminal, else json', (t) => {
  const { fd, identity } = openFile(t);
  t.match(write('auto', { env: { JOURNAL_STREAM: identity }, fd }), [JOURNAL]);
  t.match(write('auto', { env: { JOURNAL_STREAM: identity }, fd, isTTY: true }), [JOURNAL]);
  t.match(write('auto', { env: { JOURNAL_STREAM: '1:2' }, fd, isTTY: true }), [TEXT]);
  t.match(write('auto', { env: { JOURNAL_STREAM: identity } }), [/^{/], 'another stream');
  t.match(write('auto', { env: { JOURNAL_STREAM: '1:2' }, fd: 99_999 }), [/^{/], 'a closed stream');
  t.match(write('auto'), [/^{/]);
  t.end();
});
