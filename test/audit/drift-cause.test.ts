import t from 'tap';
import type { Drift, DriftKind } from '../../src/audit/drift.ts';
import { findCause, type PastCause, type PastChange } from '../../src/audit/drift-cause.ts';

function driftOf(kind: DriftKind, endpoint = ''): Drift {
  const nothing = { frontends: [], partly: false, clients: [], found: '', wanted: '' };
  return { kind, namespace: 'shop', service: 'web', servicePort: 'shop/web', endpoint, ...nothing };
}

function entry(change: string, endpoint: string, path = ''): PastCause {
  return { kind: 'EndpointSlice', name: 'web-x', change, endpoint, fields: [{ path, before: 'true', after: 'false' }] };
}

function service(change: string, path = ''): PastCause {
  return { ...entry(change, '', path), kind: 'Service', name: 'web' };
}

const HISTORY: readonly PastChange[] = [
  service('added'),
  entry('added', '10.0.0.1'),
  entry('added', 'fd00::1'),
  service('changed', 'spec.sessionAffinityConfig'),
  entry('changed', '10.0.0.1', 'ready'),
  entry('removed', '10.0.0.1'),
  service('changed', 'spec.ports'),
].map((cause, index) => ({ generation: index + 1, time: '2026-01-01T00:00:00Z', causes: [cause] }));

const CASES: readonly (readonly [kind: DriftKind, endpoint: string, upTo: number, expected: number | undefined])[] = [
  ['endpointStale', '10.0.0.1:8080', 7, 6],
  ['endpointStale', '10.0.0.1:8080', 5, 5],
  ['endpointStale', '10.0.0.1:8080', 4, undefined],
  ['endpointStale', '10.0.0.2:8080', 7, undefined],
  ['endpointMissing', '10.0.0.1:8080', 4, 2],
  ['endpointMissing', '[fd00::1]:8080', 7, 3],
  ['affinity', '', 7, 4],
  ['affinity', '', 3, 1],
  ['frontendMissing', '', 7, 7],
  ['policy', '', 6, 6],
  ['gap', '', 7, undefined],
];

for (const [kind, endpoint, upTo, expected] of CASES) {
  t.test(`of ${upTo} changes, ${expected ?? 'none'} explains ${kind} ${endpoint}`, async (t) => {
    t.equal(findCause(driftOf(kind, endpoint), HISTORY.slice(0, upTo))?.generation, expected);
  });
}
