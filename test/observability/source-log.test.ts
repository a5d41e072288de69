import t from 'tap';
import type { ResourceStatus } from '../../src/model/source.ts';
import { SourceLog } from '../../src/observability/source-log.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

const SYNCED: ResourceStatus = {
  kind: 'Service',
  state: 'synced',
  resourceVersion: '7',
  lastContactMs: 1,
  objects: 3,
  relists: 0,
  restarts: 0,
  error: undefined,
};
const error = { code: 'SVL_API_UNREACHABLE', message: 'connect ECONNREFUSED', hint: 'is it up?' };

t.test('a watch that goes and comes is told once each', (t) => {
  const { logger, lines } = recordingLogger();
  const log = new SourceLog(logger);
  const steps: readonly ResourceStatus[] = [
    { ...SYNCED, state: 'listing' },
    SYNCED,
    { ...SYNCED, relists: 1 },
    { ...SYNCED, state: 'stale' },
    { ...SYNCED, state: 'stale', error },
    { ...SYNCED, state: 'stale', error, restarts: 9 },
    { ...SYNCED, state: 'stale', error: { ...error, message: 'ETIMEDOUT' } },
    SYNCED,
  ];
  for (const status of steps) log.changed(status);
  t.match(
    lines.map(({ level, reason, err, objects }) => [level, reason, err, objects]),
    [
      ['info', 'Listed', undefined, 3],
      ['warn', 'WatchStale', undefined, 3],
      ['warn', 'WatchStale', 'connect ECONNREFUSED', 3],
      ['warn', 'WatchStale', 'ETIMEDOUT', 3],
      ['info', 'WatchRecovered', undefined, 3],
    ],
  );
  t.equal(lines.length, 5);
  t.end();
});

t.test('a first list that fails gives code and hint', (t) => {
  const { logger, lines } = recordingLogger();
  new SourceLog(logger).changed({ ...SYNCED, state: 'listing', error });
  t.match(lines, [{ reason: 'ListFailed', code: 'SVL_API_UNREACHABLE', hint: 'is it up?', kind: 'Service' }]);
  t.end();
});
