import t from 'tap';
import { ProtectionMetrics } from '../../src/observability/protection-metrics.ts';
import { ejectionOf } from '../fixtures/ejections.ts';
import { flowOf } from '../fixtures/flows.ts';

t.test('ejections are counted by cause, suspensions once each', async (t) => {
  const metrics = new ProtectionMetrics();
  t.match(metrics.render(), 'svclane_ejections_total{cause="ECONNREFUSED"} 0\n');
  for (const cause of ['ECONNREFUSED', 'ECONNREFUSED', 'ETIMEDOUT']) metrics.ejected(ejectionOf({ cause }));
  metrics.suspended();
  t.match(metrics.render(), 'svclane_ejections_total{cause="ECONNREFUSED"} 2\n');
  t.match(metrics.render(), 'svclane_ejections_total{cause="ETIMEDOUT"} 1\n');
  t.match(metrics.render(), 'svclane_ejections_suspended_total 1\n');
});

t.test('flows that are shed are counted by limit, and headers by their bytes', async (t) => {
  const metrics = new ProtectionMetrics();
  metrics.flowEnded(flowOf({ end: { cause: 'shed', reason: 'queue-full' }, headerBytes: 28 }));
  metrics.flowEnded(flowOf({ end: { cause: 'finished' }, headerBytes: 28 }));
  metrics.flowEnded(flowOf({ protocol: 'UDP', end: { cause: 'shed', reason: 'max-flows' } }));
  t.match(metrics.render(), 'svclane_shed_total{protocol="TCP",reason="queue-full"} 1\n');
  t.match(metrics.render(), 'svclane_shed_total{protocol="UDP",reason="max-flows"} 1\n');
  t.match(metrics.render(), 'svclane_proxy_protocol_bytes_total 56\n');
  t.match(metrics.render(), 'svclane_shed_total{protocol="TCP",reason="descriptors"} 0\n');
});

t.test('pauses for lack of descriptors are counted, and the one that lasts is seen', async (t) => {
  const metrics = new ProtectionMetrics();
  for (const paused of [true, false, true]) metrics.acceptPaused({ paused });
  t.match(metrics.render(), 'svclane_accept_pauses_total 2\n');
  t.match(metrics.render(), 'svclane_accept_paused 1\n');
  metrics.acceptPaused({ paused: false });
  t.match(metrics.render(), 'svclane_accept_paused 0\n');
});

t.test('waits are a histogram in seconds', async (t) => {
  const metrics = new ProtectionMetrics();
  for (const waitedMs of [40, 4000]) metrics.waited({ waitedMs });
  t.match(metrics.render(), 'svclane_queue_wait_seconds_bucket{le="0.05"} 1\n');
  t.match(metrics.render(), 'svclane_queue_wait_seconds_bucket{le="5"} 2\n');
  t.match(metrics.render(), 'svclane_queue_wait_seconds_sum 4.04\nsvclane_queue_wait_seconds_count 2\n');
});
