import t from 'tap';
import { FloodGate } from '../../src/observability/flood-gate.ts';
import { ListenerLog } from '../../src/observability/listener-log.ts';
import { frontendOf, portOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

function setUp(kind: 'local' | 'clusterIP') {
  const { logger, lines } = recordingLogger();
  const options = { clock: new FakeClock(), windowMs: 1, total: 9, onSuppressed: () => {} };
  const [gate, laneGate] = [new FloodGate({ ...options, perKey: 9 }), new FloodGate({ ...options, perKey: 2 })];
  const frontend = frontendOf('127.0.0.1', 8080, { kind });
  const message = { frontend, servicePort: portOf('shop/web', []), boundAddress: '127.0.0.1', boundPort: 8080 };
  return { lines, message, log: new ListenerLog(logger, gate, laneGate) };
}

t.test('a lane is told at info, the many listeners of a node at debug', (t) => {
  for (const [kind, level] of [
    ['local', 'info'],
    ['clusterIP', 'debug'],
  ] as const) {
    const { lines, log, message } = setUp(kind);
    log.bound(message);
    log.closed(message);
    t.match(lines, [
      { level, reason: 'ListenerBound', svc: 'shop/web:http', kind, bound: '127.0.0.1:8080' },
      { level: 'debug', reason: 'ListenerClosed' },
    ]);
  }
  t.end();
});

t.test('lanes beyond those that somebody reads are told at debug, but one that recovers at info', (t) => {
  const { lines, log, message } = setUp('local');
  for (let i = 0; i < 3; i++) log.bound(message);
  log.failed({ ...message, error: new Error('EACCES'), retryInMs: 1000 });
  log.bound(message);
  t.same(
    lines.map(({ level }) => level),
    ['info', 'info', 'debug', 'warn', 'info'],
  );
  t.end();
});

t.test('a failure is told once until it changes or ends', (t) => {
  const { lines, log, message } = setUp('clusterIP');
  const failed = (code: string) => ({ ...message, error: Object.assign(new Error(code), { code }), retryInMs: 1000 });
  for (const code of ['EADDRINUSE', 'EADDRINUSE', 'EACCES', 'EACCES']) log.failed(failed(code));
  log.bound(message);
  log.failed(failed('EACCES'));
  t.match(
    lines.map(({ level, reason, err }) => [level, reason, err]),
    [
      ['warn', 'ListenerFailed', 'EADDRINUSE'],
      ['warn', 'ListenerFailed', 'EACCES'],
      ['info', 'ListenerBound', undefined],
      ['warn', 'ListenerFailed', 'EACCES'],
    ],
  );
  t.end();
});
