import { readdirSync } from 'node:fs';
import t from 'tap';
import { ProcessMetrics } from '../../src/observability/process-metrics.ts';

t.test('the process and Node.js are told of', async (t) => {
  const metrics = new ProcessMetrics('1.2.3');
  t.teardown(() => metrics.close());
  await metrics.prepare();
  const text = metrics.render();
  t.match(text, `svclane_build_info{version="1.2.3",node="${process.versions.node}"} 1\n`);
  t.match(text, `nodejs_version_info{version="v${process.versions.node}"} 1\n`);
  t.match(text, /^svclane_eventloop_lag_seconds [\d.e-]+$/m);
  t.match(text, /^process_cpu_seconds_total [\d.]+$/m);
  for (const name of ['resident_memory_bytes', 'max_fds']) t.match(text, new RegExp(`^process_${name} \\d+$`, 'm'));
  for (const name of ['heap_size_used', 'heap_size_total', 'external_memory']) {
    t.match(text, new RegExp(`^nodejs_${name}_bytes \\d+$`, 'm'));
  }
  const startSeconds = Number(/^process_start_time_seconds ([\d.]+)$/m.exec(text)?.[1]);
  t.ok(Math.abs(startSeconds + process.uptime() - Date.now() / 1000) < 5, 'it began when it began');
});

t.test('open descriptors are as many as there are', async (t) => {
  const metrics = new ProcessMetrics('');
  t.teardown(() => metrics.close());
  await metrics.prepare();
  const open = Number(/^process_open_fds (\d+)$/m.exec(metrics.render())?.[1]);
  t.ok(Math.abs(open - readdirSync('/proc/self/fd').length) <= 3, `${open} are open`);
});
