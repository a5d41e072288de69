/**
 * Metrics of overrides and faults: how many are in force. An alert on these finds the one that was left on.
 */

import { MetricFamily } from './metric-family.ts';

/** Counts them up and down. */
export class InterventionMetrics {
  readonly #active = {
    override: gauge('svclane_overrides_active', 'Overrides in force.'),
    fault: gauge('svclane_faults_active', 'Faults in force.'),
  };

  set(kind: 'override' | 'fault'): void {
    this.#active[kind].with().value++;
  }

  ended(kind: 'override' | 'fault'): void {
    this.#active[kind].with().value--;
  }

  render(): string {
    return this.#active.override.render() + this.#active.fault.render();
  }
}

/** It is there from the start, with 0. */
function gauge(name: string, help: string): MetricFamily {
  const family = new MetricFamily({ name, help, type: 'gauge' });
  family.with();
  return family;
}
