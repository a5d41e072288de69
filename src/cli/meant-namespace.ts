/**
 * Which namespace a Service is meant in that was named without one.
 */

import { Type } from 'typebox';
import { askDaemon } from './admin-client.ts';

const MODE = Type.Object({ mode: Type.String() });
const ROWS = Type.Object({ items: Type.Array(Type.Object({ namespace: Type.String() })) });

/** Where a Service is looked for. */
export interface NamespaceQuestion {
  readonly host: string;
  readonly service: string;
  /** What is listed: `services`, or `overrides` and `faults` of those that may be gone. */
  readonly kind: 'services' | 'overrides' | 'faults';
  /** As it was typed. */
  readonly namespace?: string;
}

/**
 * The one that was typed; else `default`. A daemon in mode dev, as a forward is, serves what one person asked it for: where
 * it knows one Service of that name alone, that is meant. Throws as `askDaemon`.
 */
export async function meantNamespace({ host, service, kind, namespace }: NamespaceQuestion): Promise<string> {
  if (namespace !== undefined) return namespace;
  const { mode } = await askDaemon(host, '/v1/status', MODE);
  if (mode !== 'dev') return 'default';
  const { items } = await askDaemon(host, `/v1/${kind}?${new URLSearchParams({ service })}`, ROWS);
  const [only = 'default', ...others] = new Set(items.map((item) => item.namespace));
  return others.length === 0 ? only : 'default';
}
