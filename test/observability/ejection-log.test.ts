import t from 'tap';
import { EjectionLog } from '../../src/observability/ejection-log.ts';
import { FloodGate } from '../../src/observability/flood-gate.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { ejectionOf } from '../fixtures/ejections.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

t.test('each event is one line, with who and why, as far as the gate lets it', async (t) => {
  const { logger, lines } = recordingLogger();
  const limits = { windowMs: 1000, perKey: 1, total: 100, onSuppressed: () => {} };
  const gate = new FloodGate({ clock: new FakeClock(), ...limits });
  const log = new EjectionLog(logger, gate);
  const ejection = ejectionOf();
  const { servicePort, endpoint } = ejection;
  for (let i = 0; i < 2; i++) {
    log.ejected(ejection);
    log.restored({ servicePort, endpoint, why: 'success' });
    log.suspended({ servicePort, eligible: 2, ejected: 2, forced: 1 });
  }
  const who = { svc: 'shop/web:http', endpoint: '10.244.1.7:8080', pod: 'web-1' };
  const why = { err: 'ECONNREFUSED', failures: 3, times: 1, seconds: 10 };
  t.match(lines, [
    { level: 'warn', reason: 'EndpointEjected', ...who, ...why },
    { level: 'info', reason: 'EndpointRestored', ...who, why: 'success' },
    { level: 'warn', reason: 'EjectionSuspended', svc: 'shop/web:http', eligible: 2, ejected: 2, forced: 1 },
  ]);
  t.equal(lines.length, 3);
});
