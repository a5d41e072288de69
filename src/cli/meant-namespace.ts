/**
 * Which namespace a Service is meant in that was named without one.
 */

import { Type } from 'typebox';
import type { RoutingTable } from '../model/route.ts';
import { askDaemon } from './admin-client.ts';
import { bundleOfHost } from './bundle-host.ts';

const MODE = Type.Object({ mode: Type.String() });
const ROWS = Type.Object({ items: Type.Array(Type.Object({ namespace: Type.String() })) });
const DEFAULT = 'default';
/** Enough to see whether they are of one namespace. */
const FEW = '1000';

/** Where a Service is looked for. */
export interface NamespaceQuestion {
  /** A daemon, or a bundle. */
  readonly host: string;
  readonly service: string;
  /** What is listed: `services`, or `overrides` and `faults` of those that may be gone. */
  readonly kind: 'services' | 'overrides' | 'faults';
  /** As it was typed. */
  readonly namespace?: string | undefined;
  /** The moment that is asked about, as the API takes it; `undefined` = now. */
  readonly at?: string | undefined;
}

/**
 * The one that was typed; else `default`. A daemon in mode dev, as a forward is, serves what one person asked it for: where
 * it knows one Service of that name alone, that is meant; where it knows none of that name, and Services of one namespace
 * only, it is missed there. A bundle is read by one person, too. Throws as `askDaemon`.
 */
export async function meantNamespace(question: NamespaceQuestion): Promise<string> {
  return question.namespace ?? (await knownNamespace(question)) ?? DEFAULT;
}

/** What of that whoever is asked knows; `undefined` = nothing. */
export async function knownNamespace(question: Omit<NamespaceQuestion, 'namespace'>): Promise<string | undefined> {
  const { host, service, kind, at } = question;
  if (bundleOfHost(host) === undefined && (await askDaemon(host, '/v1/status', MODE)).mode !== 'dev') return undefined;
  const named = await namespacesOf(question, kind, { service });
  if (named.size > 0) return only(named);
  if (kind === 'overrides' || kind === 'faults') return undefined;
  return only(await namespacesOf({ host, ...(at !== undefined && { at }) }, 'services', { limit: FEW }));
}

/** The same of a table of manifests, which are one person's; `undefined` = none is meant by its name. */
export function meantInTable(table: RoutingTable, service: string | undefined): string | undefined {
  const named = new Set<string>();
  for (const { service: known } of table.services.values()) if (known.name === service) named.add(known.namespace);
  return only(named);
}

async function namespacesOf(
  { host, at }: Pick<NamespaceQuestion, 'host' | 'at'>,
  kind: NamespaceQuestion['kind'],
  wanted: Readonly<Record<string, string>>,
): Promise<ReadonlySet<string>> {
  const query = new URLSearchParams({ ...wanted, ...(at !== undefined && { at }) });
  const { items } = await askDaemon(host, `/v1/${kind}?${query}`, ROWS);
  return new Set(items.map(({ namespace }) => namespace));
}

function only([first, ...others]: ReadonlySet<string>): string | undefined {
  return others.length === 0 ? first : undefined;
}
