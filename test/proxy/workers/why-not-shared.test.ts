import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  NOT_SHARED,
  type NotShared,
  type SharingFacts,
  whyNotShared,
} from '../../../src/proxy/workers/why-not-shared.ts';

const SHARED: SharingFacts = {
  listening: true,
  direct: true,
  sessionAffinity: 'None',
  onEmpty: 'refuse',
  maxConnectionsPerService: 0,
  maxConnectionsPerClient: 0,
  consecutiveFailures: 0,
  overridden: false,
  faulty: false,
  quarantined: false,
};

const CASES: readonly (readonly [string, Partial<SharingFacts>, NotShared | undefined])[] = [
  ['nothing speaks against it', {}, undefined],
  ['there is no socket', { listening: false }, 'not-listening'],
  ['pods are reached through the API server', { direct: false }, 'transport'],
  ['clients keep to their endpoints', { sessionAffinity: 'ClientIP' }, 'affinity'],
  ['clients are held', { onEmpty: 'hold' }, 'hold'],
  ['a Service has a limit', { maxConnectionsPerService: 1 }, 'service-limit'],
  ['a client has a limit', { maxConnectionsPerClient: 1 }, 'service-limit'],
  ['endpoints are ejected', { consecutiveFailures: 3 }, 'ejection'],
  ['an override is in force', { overridden: true }, 'override'],
  ['a fault is in force', { faulty: true }, 'fault'],
  ['an endpoint is drained', { quarantined: true }, 'quarantine'],
  ['several things are so: the first counts', { faulty: true, listening: false }, 'not-listening'],
];

t.test('a frontend is shared unless one worker has to see all of it', async (t) => {
  for (const [name, facts, reason] of CASES) t.equal(whyNotShared({ ...SHARED, ...facts }), reason, name);
});

t.test('docs/workers.md has the reasons', async (t) => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/workers.md'), 'utf8');
  const table = docs.split('<!-- not shared -->')[1]?.split('<!-- end of not shared -->')[0]?.trim();
  const rows = Object.entries(NOT_SHARED).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`);
  t.equal(table, ['| reason | main serves a frontend alone while |', '| --- | --- |', ...rows].join('\n'));
});
