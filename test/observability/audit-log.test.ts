import t from 'tap';
import { subscribeAuditLog } from '../../src/observability/audit-log.ts';
import { type ChangeMessage, channels } from '../../src/observability/channels.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

t.test('each change is one line at info, until it is unsubscribed', async (t) => {
  const { logger, lines } = recordingLogger();
  const unsubscribe = subscribeAuditLog(logger);
  const change: ChangeMessage = {
    requestId: 'req-7',
    who: 'token',
    peer: '127.0.0.1:50312',
    action: 'endFlow',
    target: '/v1/connections/c-41',
    outcome: 'accepted',
    status: 200,
    code: '',
  };
  const refused = { outcome: 'refused', status: 401, code: 'UNAUTHORIZED', who: 'nobody' } as const;
  channels.changeRequested.publish(change);
  channels.changeRequested.publish({ ...change, ...refused });
  unsubscribe();
  channels.changeRequested.publish(change);
  t.match(lines, [
    { level: 'info', reason: 'ChangeRequested', msg: 'change accepted', ...change },
    { level: 'info', reason: 'ChangeRequested', msg: 'change refused', ...refused },
  ]);
  t.equal(lines.length, 2);
});
