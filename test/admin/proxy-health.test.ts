import t from 'tap';
import { HEALTH_TIMEOUT_MS, ProxyHealth } from '../../src/admin/proxy-health.ts';
import { FakeClock } from '../fixtures/balancing.ts';

t.test('a proxy that starts is healthy, however long it takes', (t) => {
  const clock = new FakeClock();
  const health = new ProxyHealth({ clock });
  health.queued('IPv4');
  clock.advance(HEALTH_TIMEOUT_MS * 2);
  t.equal(health.healthz().status, 200);
  t.ok(health.isHealthy);
  t.end();
});

t.test('a change that waits for a minute is unhealthy until the sync is done', (t) => {
  const clock = new FakeClock(1_000_000);
  const health = new ProxyHealth({ clock });
  health.updated('IPv4');
  clock.advance(HEALTH_TIMEOUT_MS * 9);
  health.queued('IPv4');
  clock.advance(HEALTH_TIMEOUT_MS - 1);
  t.equal(health.healthz().status, 200);
  clock.advance(1);
  t.equal(health.healthz().status, 503);
  t.equal(health.livez().status, 503);
  t.notOk(health.isHealthy);
  health.updated('IPv4');
  t.equal(health.healthz().status, 200);
  t.end();
});

t.test('the body has the fields of kube-proxy, then watchAge and stale', (t) => {
  const clock = new FakeClock(Date.UTC(2026, 10, 22));
  const health = new ProxyHealth({ clock, watchAge: () => ({ ageSeconds: 7, stale: false }) });
  health.updated('IPv4');
  clock.advance(5000);
  t.equal(
    JSON.stringify(health.healthz().body),
    '{"lastUpdated":"2026-11-22T00:00:05.000Z","currentTime":"2026-11-22T00:00:05.000Z","nodeEligible":true,' +
      '"healthy":true,"status":{"IPv4":{"lastUpdated":"2026-11-22T00:00:00.000Z","healthy":true}},' +
      '"watchAge":7,"stale":false}',
  );
  t.notOk('nodeEligible' in health.livez().body);
  t.end();
});

t.test('a Node that goes fails healthz alone, and keeps its healthy true', (t) => {
  const cases: readonly [string, Parameters<ProxyHealth['nodeChanged']>[0], number][] = [
    ['another taint', { taintKeys: ['other'], deleting: false }, 200],
    ['the autoscaler', { taintKeys: ['other', 'ToBeDeletedByClusterAutoscaler'], deleting: false }, 503],
    ['deletionTimestamp', { taintKeys: [], deleting: true }, 503],
    ['deleted', undefined, 503],
  ];
  for (const [name, node, status] of cases) {
    const health = new ProxyHealth({ clock: new FakeClock() });
    health.nodeChanged(node);
    t.match(health.healthz(), { status, body: { healthy: true, nodeEligible: status === 200 } }, name);
    t.equal(health.livez().status, 200, name);
    health.nodeChanged({ taintKeys: [], deleting: false });
    t.equal(health.healthz().status, 200, `${name}, then eligible again`);
  }
  t.end();
});

t.test('stale data is told, and only strict makes it a failure', (t) => {
  const health = new ProxyHealth({ clock: new FakeClock(), watchAge: () => ({ ageSeconds: undefined, stale: true }) });
  t.match(health.healthz(), { status: 200, body: { watchAge: null, stale: true } });
  t.match(health.healthz({ strict: true }), { status: 503, body: { lastUpdated: null, healthy: true } });
  t.equal(health.livez().status, 200);
  t.equal(health.livez({ alive: false }).status, 503);
  t.end();
});
