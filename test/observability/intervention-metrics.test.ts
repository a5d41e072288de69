import t from 'tap';
import { InterventionMetrics } from '../../src/observability/intervention-metrics.ts';

t.test('both are there from the start, and count what is in force', async (t) => {
  const metrics = new InterventionMetrics();
  t.match(metrics.render(), /^svclane_overrides_active 0$/m);
  t.match(metrics.render(), /^svclane_faults_active 0$/m);
  metrics.set('override');
  metrics.set('fault');
  metrics.set('fault');
  metrics.ended('fault');
  t.match(metrics.render(), /^svclane_overrides_active 1$/m);
  t.match(metrics.render(), /^svclane_faults_active 1$/m);
  metrics.ended('fault');
  t.match(metrics.render(), /^svclane_faults_active 0$/m);
});
