import t from 'tap';
import { channels, type SyncMessage } from '../../src/observability/channels.ts';
import { subscribeLog } from '../../src/observability/log-subscriber.ts';
import { frontendOf, portOf, SOURCE_STATUS, tableOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { ejectionOf } from '../fixtures/ejections.ts';
import { flowOf } from '../fixtures/flows.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

const syncOf = (generation: number): SyncMessage => ({
  table: tableOf(generation, []),
  diff: { added: [], removed: [], changed: [], services: [] },
  durationMs: 2,
  serviceChanges: 1,
  endpointChanges: 2,
  triggerTimesMs: [],
});

t.test('every channel becomes lines, until the subscription ends', (t) => {
  const { logger, lines } = recordingLogger();
  const unsubscribe = subscribeLog(logger, { accessLog: () => 'all', clock: new FakeClock() });
  const error = Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
  const listener = {
    frontend: frontendOf('127.0.0.1', 80, { kind: 'local' }),
    servicePort: portOf('shop/web', []),
    boundAddress: '127.0.0.1',
    boundPort: 80,
  };
  const [status] = SOURCE_STATUS.resources;
  const problems = [{ code: 'OBJECT_INVALID', path: 'spec', message: 'none' }] as const;
  const publish = (): void => {
    channels.sync.publish(syncOf(1));
    channels.sync.publish(syncOf(2));
    channels.flowOpened.publish(flowOf());
    channels.flowEnded.publish(flowOf({ end: { cause: 'finished' } }));
    channels.dialFailed.publish({ flow: flowOf(), endpoint: 'x', errno: 'E', elapsedMs: 1 });
    channels.datagramDropped.publish({ frontend: listener.frontend, reason: 'x' });
    const ejection = ejectionOf();
    channels.endpointEjected.publish(ejection);
    channels.endpointRestored.publish({ ...ejection, why: 'time' });
    channels.ejectionSuspended.publish({ ...ejection, eligible: 2, ejected: 2, forced: 1 });
    channels.listenerBound.publish(listener);
    channels.listenerFailed.publish({ ...listener, error, retryInMs: 1 });
    channels.listenerClosed.publish(listener);
    channels.acceptPaused.publish({ paused: true, errno: 'EMFILE' });
    channels.acceptPaused.publish({ paused: false, errno: 'EMFILE' });
    channels.rejected.publish({ kind: 'Service', namespace: 'a', name: 'b', skipped: true, problems });
    if (status) channels.resource.publish({ status });
    channels.capture.publish({ message: 'nftables' });
    channels.capture.publish({ message: 'nftables', error });
    const server = { server: 'health', address: 'x', service: '' } as const;
    channels.httpServerBound.publish(server);
    channels.httpServerFailed.publish({ ...server, error, retryInMs: 5000 });
    channels.httpServerFailed.publish({ server: 'service-health', address: 'x', service: 'a/b', error, retryInMs: 1 });
    channels.httpRequestFailed.publish({ url: '/x', error });
  };
  publish();
  t.same(
    lines.map(({ level, reason, rev }) => [level, reason, rev].filter((part) => part !== undefined).join(' ')),
    [
      'info Synced 1',
      'debug Synced 2',
      'debug FlowOpened',
      'info FlowEnded 2',
      'warn DialFailed 2',
      'warn DatagramDropped',
      'warn EndpointEjected',
      'info EndpointRestored',
      'warn EjectionSuspended',
      'info ListenerBound',
      'warn ListenerFailed',
      'debug ListenerClosed',
      'error AcceptPaused',
      'info AcceptResumed',
      'warn ObjectSkipped',
      'warn WatchStale',
      'info Capture',
      'error CaptureFailed',
      'info ServerBound',
      'warn ServerFailed',
      'warn FailedToStartServiceHealthcheck',
      'error RequestFailed',
    ],
  );
  unsubscribe();
  const before = lines.length;
  publish();
  t.equal(lines.length, before);
  t.end();
});

t.test('a flood is cut, and the log says so', (t) => {
  const { logger, lines } = recordingLogger();
  const clock = new FakeClock();
  let accessLog: 'errors' | 'off' = 'errors';
  const unsubscribe = subscribeLog(logger, { accessLog: () => accessLog, clock });
  t.teardown(unsubscribe);
  for (let i = 0; i < 100; i++) channels.flowEnded.publish(flowOf({ end: { cause: 'no-endpoint' } }));
  t.equal(lines.length, 20);
  clock.advance(10_000);
  t.match(lines[20], { reason: 'LinesSuppressed', lines: 80, seconds: 10 });
  accessLog = 'off';
  channels.flowEnded.publish(flowOf({ end: { cause: 'no-endpoint' } }));
  t.equal(lines.length, 21);
  t.end();
});
