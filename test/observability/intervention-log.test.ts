import t from 'tap';
import { InterventionLog } from '../../src/observability/intervention-log.ts';
import { faultOf, overrideOf } from '../fixtures/interventions.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

t.test('what is set is a warning, with its end; what is over is told with why', async (t) => {
  const { logger, lines } = recordingLogger();
  const log = new InterventionLog(logger);
  const override = overrideOf('localhost:3000', { match: '20%', port: 'http' });
  const fault = faultOf({ latency: '300ms', reset: '2%' });
  log.overrideSet({ value: override, untilMs: 0 });
  log.overrideEnded({ value: override, why: 'time' });
  log.overrideEnded({ value: override, why: 'operator' });
  log.faultSet({ value: fault, untilMs: 0 });
  log.faultEnded({ value: fault, why: 'time' });
  log.faultEnded({ value: fault, why: 'replaced' });
  const until = '1970-01-01T00:00:00.000Z';
  const web = { svc: 'shop/web:http', target: 'localhost:3000' };
  const text = 'latency 300ms, reset 2%';
  t.match(lines, [
    { level: 'warn', reason: 'OverrideSet', ...web, match: '20%', fallback: 'cluster', until },
    { level: 'info', reason: 'OverrideExpired', ...web, why: 'time' },
    { level: 'info', reason: 'OverrideRemoved', ...web, why: 'operator' },
    { level: 'warn', reason: 'FaultSet', svc: 'shop/web', fault: text, until },
    { level: 'info', reason: 'FaultExpired', fault: text },
    { level: 'info', reason: 'FaultRemoved', fault: text, why: 'replaced' },
  ]);
  t.equal(lines.length, 6);
});
