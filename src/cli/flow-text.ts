/**
 * Flows as people read them.
 */

import type { FlowRow } from '../admin/flow-row.ts';

/** `512`, `1.2Ki`, `88Ki`, `3.4Mi`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['', 'Ki', 'Mi', 'Gi']) {
    if (value < 1024) return `${unit === '' || value >= 10 ? Math.round(value) : value.toFixed(1)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)}Ti`;
}

/** Why a flow has its endpoint: how it was chosen, what was tried before, and the fault that it is served under. */
export function formatWhy(row: Pick<FlowRow, 'why' | 'failedTries' | 'service' | 'override' | 'fault'>): string {
  const { why, failedTries, service, override, fault } = row;
  const chosen = override === undefined ? why : `override ${service}->${override}`;
  const failed = failedTries.map(({ endpoint, errno, elapsedMs }, index) => {
    return `try ${index + 1} ${endpoint} ${errno} (${Math.round(elapsedMs)}ms)`;
  });
  return [chosen, ...failed, fault === undefined ? '' : `fault ${fault}`].filter((text) => text !== '').join('; ');
}
