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

/** Why a flow has its endpoint: how it was chosen, and what was tried before. */
export function formatWhy({ why, failedTries }: Pick<FlowRow, 'why' | 'failedTries'>): string {
  const failed = failedTries.map(({ endpoint, errno, elapsedMs }, index) => {
    return `try ${index + 1} ${endpoint} ${errno} (${Math.round(elapsedMs)}ms)`;
  });
  return [why, ...failed].filter((text) => text !== '').join('; ');
}
