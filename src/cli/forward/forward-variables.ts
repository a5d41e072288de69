/**
 * Environment variables that tell a program where lanes are.
 */

import type { BoundLane } from './bound-lane.ts';

/**
 * `REDIS_HOST`, `REDIS_PORT` of each target's first lane, and `REDIS_PORT_METRICS` of each that has a name; beside them
 * the names that pods get. Of two targets with one name the first counts.
 *
 * Source: Kubernetes, environment variables of Services (`REDIS_SERVICE_HOST`, `REDIS_SERVICE_PORT_NAME`).
 */
export function laneVariables(lanes: readonly BoundLane[]): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  const set = (name: string, value: string): void => {
    variables[name] ??= value;
  };
  for (const { plan, addresses, localPort } of lanes) {
    const name = variableName(plan.label.slice(plan.label.lastIndexOf('/') + 1));
    const host = addresses[0] ?? '127.0.0.1';
    set(`${name}_HOST`, host);
    set(`${name}_PORT`, String(localPort));
    set(`${name}_SERVICE_HOST`, host);
    set(`${name}_SERVICE_PORT`, String(localPort));
    const suffix = upperCase(plan.portName === '' ? String(plan.remote) : plan.portName);
    set(`${name}_PORT_${suffix}`, String(localPort));
    set(`${name}_SERVICE_PORT_${suffix}`, String(localPort));
  }
  return variables;
}

function variableName(text: string): string {
  const name = upperCase(text);
  return /^\d/.test(name) ? `_${name}` : name;
}

function upperCase(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
