/**
 * Whether there is a Service of this name: a list without rows may have none for a name that was mistyped.
 */

import { EXPLANATION } from '../admin/explain-answer.ts';
import { SERVICE_LIST } from '../admin/service-rows.ts';
import { askDaemon } from './admin-client.ts';

const KEYS = ['namespace', 'service', 'at'] as const;

/**
 * Resolves where the daemon, or the bundle, knows the Service of a query (`namespace` absent = of any). Throws
 * `SVL_NOT_FOUND` with the nearest names where it does not.
 */
export async function checkService(host: string, query: URLSearchParams): Promise<void> {
  const asked = new URLSearchParams([...query].filter(([key]) => KEYS.some((known) => known === key)));
  const { items } = await askDaemon(host, `/v1/services?${asked}`, SERVICE_LIST);
  // Whoever explains knows what is near.
  if (items.length === 0) await askDaemon(host, `/v1/explain?${asked}`, EXPLANATION);
}
