/**
 * Whether there is a Service of this name: a list without rows may have none for a name that was mistyped.
 */

import { EXPLANATION } from '../admin/explain-answer.ts';
import { SERVICE_LIST } from '../admin/service-rows.ts';
import { SvclaneError } from '../errors.ts';
import { askDaemon } from './admin-client.ts';

const KEYS = ['namespace', 'service', 'at'] as const;

/**
 * Resolves where the daemon, or the bundle, knows the Service of a query (`namespace` absent = of any). Throws
 * `SVL_NOT_FOUND` with the nearest names where it does not.
 */
export async function checkService(host: string, query: URLSearchParams): Promise<void> {
  const asked = new URLSearchParams([...query].filter(([key]) => KEYS.some((known) => known === key)));
  const { items } = await askDaemon(host, `/v1/services?${asked}`, SERVICE_LIST);
  if (items.length > 0) return;
  try {
    // Whoever explains knows what is near.
    await askDaemon(host, `/v1/explain?${asked}`, EXPLANATION);
  } catch (error) {
    throw asked.has('namespace') ? error : ofAnyNamespace(error, asked.get('service') ?? '');
  }
}

/** Who asks for rows of all namespaces is not told of one of them. */
function ofAnyNamespace(error: unknown, service: string): unknown {
  if (!(error instanceof SvclaneError) || error.facts.problem !== 'SVC_NOT_FOUND') return error;
  const { code, hint, facts } = error;
  return new SvclaneError(code, `there is no Service "${service}"`, { facts, ...(hint !== undefined && { hint }) });
}
