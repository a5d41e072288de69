import t from 'tap';
import { VolumeMetrics } from '../../src/observability/volume-metrics.ts';
import { flowOf } from '../fixtures/flows.ts';

t.test('what flows that live have moved counts, and stays counted when they end', async (t) => {
  const metrics = new VolumeMetrics();
  const flow = flowOf({ protocol: 'UDP', bytesIn: 3, bytesOut: 4, datagramsIn: 1, datagramsOut: 2 });
  metrics.opened(flow);
  for (const end of [false, true]) {
    if (end) t.equal(metrics.ended(flow), true);
    t.match(metrics.render(), 'svclane_bytes_total{direction="in"} 3\nsvclane_bytes_total{direction="out"} 4\n');
    t.match(metrics.render(), 'datagrams_total{direction="in"} 1\nsvclane_udp_datagrams_total{direction="out"} 2\n');
  }
  t.equal(metrics.ended(flowOf()), false);
});
