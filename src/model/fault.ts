/**
 * Fault: for a time, flows of a Service are served badly, as a person asked for.
 */

import { formatDuration } from '../lib/duration.ts';
import type { InterventionTarget } from './intervention.ts';

/** What is done to a flow. 0 = that is not done. */
export interface FaultEffects {
  /** What the endpoint sends arrives so much later, give or take up to `jitterMs`, which is not more. */
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Per cent of flows, up to 100. */
  readonly resetPercent: number;
  readonly refusePercent: number;
  readonly blackholePercent: number;
  /** Of each flow, in each direction. */
  readonly bytesPerSecond: number;
}

/** One fault: at least one of the effects is there. */
export interface Fault extends InterventionTarget, FaultEffects {}

/** Everything that a fault does in one line: `latency 300ms±50ms, reset 2%`. */
export function formatFault(fault: FaultEffects): string {
  const { latencyMs, jitterMs, resetPercent, refusePercent, blackholePercent, bytesPerSecond } = fault;
  const parts = [
    latencyMs > 0 ? `latency ${formatDuration(latencyMs)}${jitterMs > 0 ? `±${formatDuration(jitterMs)}` : ''}` : '',
    percentage('refuse', refusePercent),
    percentage('blackhole', blackholePercent),
    percentage('reset', resetPercent),
    bytesPerSecond > 0 ? `rate ${formatRate(bytesPerSecond)}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** `64KiB/s`, `1.5MiB/s`, `100B/s`: up to three digits behind the point. */
export function formatRate(bytesPerSecond: number): string {
  let value = bytesPerSecond;
  for (const unit of ['B', 'KiB', 'MiB']) {
    if (value < 1024) return `${rounded(value)}${unit}/s`;
    value /= 1024;
  }
  return `${rounded(value)}GiB/s`;
}

function percentage(name: string, percent: number): string {
  return percent > 0 ? `${name} ${percent}%` : '';
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
