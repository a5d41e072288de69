/**
 * The daemon in one line, for `systemctl status`.
 */

import type { Daemon } from '../daemon/daemon-contract.ts';

/** `synced rev 8841 (3s ago) · 212 routes · 1 listener failed`; `nowMs` since the epoch. */
export function statusLine(daemon: Daemon, nowMs: number): string {
  const { frontends, failed, tcpFlows, udpFlows } = daemon.counts();
  const { overrides, faults } = daemon.interventions();
  const { resources } = daemon.sourceStatus();
  const stale = resources.some(({ state }) => state === 'stale');
  const contacts = resources.map(({ lastContactMs }) => lastContactMs ?? nowMs);
  const ageSeconds = Math.max(0, Math.round((nowMs - Math.min(nowMs, ...contacts)) / 1_000));
  return [
    `${stale ? 'stale' : 'synced'} rev ${daemon.table().generation} (${ageSeconds}s ago)`,
    `${frontends} routes`,
    `${tcpFlows + udpFlows} flows`,
    ...[countOf(overrides, 'override'), countOf(faults, 'fault')].filter((text) => text !== ''),
    ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? 'listener' : 'listeners'} failed`]),
  ].join(' · ');
}

function countOf(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'} in force`;
}
