/**
 * Of the configuration, what a record may have: what routing depends on, by name. Nothing else gets in.
 */

import { isRecord } from '../lib/is-record.ts';
import type { ServicePort } from '../model/route.ts';

const KEYS = ['mode', 'nodeName', 'serviceProxyName', 'scope', 'clusterCIDR', 'frontends'];

/** The part of the settings, in the file's form, that a record has. */
export function routingConfig(settings: unknown): Record<string, unknown> {
  if (!isRecord(settings)) return {};
  const chosen = KEYS.filter((key) => Object.hasOwn(settings, key)).map((key) => [key, settings[key]]);
  const { defaults, services } = settings;
  const entries: readonly unknown[] = Array.isArray(services) ? services : [];
  return {
    ...Object.fromEntries(chosen),
    algorithm: isRecord(defaults) ? defaults.algorithm : undefined,
    // Of several that match the first counts, also where it says nothing of this.
    services: entries.filter(isRecord).map(({ match, algorithm }) => ({ match, algorithm })),
  };
}

/** The algorithm in force for a ServicePort, by the configuration that a record has. */
export function recordedAlgorithm(config: Readonly<Record<string, unknown>>, port: ServicePort): string {
  const entries: readonly unknown[] = Array.isArray(config.services) ? config.services : [];
  const entry = entries.filter(isRecord).find(({ match }) => isRecord(match) && matches(match, port));
  if (typeof entry?.algorithm === 'string') return entry.algorithm;
  return port.algorithm ?? (typeof config.algorithm === 'string' ? config.algorithm : 'roundrobin');
}

function matches(match: Readonly<Record<string, unknown>>, { namespace, service }: ServicePort): boolean {
  return (match.namespace || namespace) === namespace && (match.name || service) === service;
}
