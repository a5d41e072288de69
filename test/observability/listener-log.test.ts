import t from 'tap';
import { FloodGate } from '../../src/observability/flood-gate.ts';
import { ListenerLog } from '../../src/observability/listener-log.ts';
import { frontendOf, portOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

function setUp(kind: 'local' | 'clusterIP') {
  const { logger, lines } = recordingLogger();
  const gate = new FloodGate({ clock: new FakeClock(), windowMs: 1, perKey: 9, total: 9, onSuppressed: () => {} });
  const frontend = frontendOf('127.0.0.1', 8080, { kind });
  const message = { frontend, servicePort: portOf('shop/web', []), boundAddress: '127.0.0.1', boundPort: 8080 };
  return { lines, message, log: new ListenerLog(logger, gate) };
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
