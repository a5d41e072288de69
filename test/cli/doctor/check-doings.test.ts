import t from 'tap';
import { checkDoings, type DoingsFact } from '../../../src/cli/doctor/check-doings.ts';

const OF = { namespace: 'shop', service: 'web', port: '', frontends: 1, setAt: '', until: '', remainingSeconds: 9 };
const EJECTED = {
  namespace: 'shop',
  service: 'web',
  port: 80,
  portName: 'http',
  protocol: 'TCP',
  family: 'IPv4',
  id: 'x',
  endpoint: '10.0.0.1:8080',
  pod: 'web-1',
  node: '',
  code: 'EP_EJECTED',
  cause: 'ECONNREFUSED',
  failures: 3,
  times: 1,
  remainingSeconds: 9,
};
const SLOW = {
  ...OF,
  fault: 'latency 300ms',
  latencyMs: 300,
  jitterMs: 0,
  refusePercent: 0,
  blackholePercent: 0,
  resetPercent: 0,
  bytesPerSecond: 0,
};
const NOTHING: DoingsFact = { ejections: [], overrides: [], faults: [] };

t.test('what is done to a Service is a warning with the command that ends it', async (t) => {
  const override = { ...OF, port: 'http', target: 'localhost:3000', match: '20%', fallback: 'cluster' as const };
  const found = checkDoings({
    ejections: [
      EJECTED,
      { ...EJECTED, pod: '', code: 'EP_QUARANTINED', cause: '' },
      { ...EJECTED, code: 'EJECTION_SUSPENDED' },
    ],
    overrides: [override],
    faults: [SLOW],
  });
  const restore = 'svclane restore 10.0.0.1:8080 svc/web -n shop';
  t.same(
    found.map(({ state, message, next }) => [state, message, next]),
    [
      ['warn', '10.0.0.1:8080 (web-1) gets no new flows: EP_EJECTED, ECONNREFUSED', restore],
      ['warn', '10.0.0.1:8080 gets no new flows: EP_QUARANTINED', restore],
      ['warn', '10.0.0.1:8080 (web-1) is used for want of others: EJECTION_SUSPENDED, ECONNREFUSED', restore],
      [
        'warn',
        'an override sends clients to localhost:3000 first for 20%',
        'svclane override --delete svc/web:http -n shop',
      ],
      ['warn', 'a fault is in force: latency 300ms', 'svclane fault --delete svc/web -n shop'],
    ],
  );
  t.same(checkDoings(NOTHING), []);
});
