/**
 * What became of the pods of a lane, in words: one line for each that changed.
 */

import type { Endpoint } from '../../model/endpoint.ts';
import type { ServicePort } from '../../model/route.ts';

type Endpoints = Pick<ServicePort, 'endpoints' | 'clusterEndpoints'>;

/** Names that are listed in a line. */
const MAX_NAMES = 3;

/**
 * The lines for two states of one lane, `undefined` = the table has none. `openAt` gives the connections that an endpoint
 * has; `label` is how the lane is called.
 */
export function endpointChanges(
  before: Endpoints | undefined,
  after: Endpoints | undefined,
  label: string,
  openAt: (endpointKey: string) => number,
): readonly string[] {
  const known = new Map(before?.endpoints.map((endpoint) => [endpoint.key, endpoint]));
  const now = new Map(after?.endpoints.map((endpoint) => [endpoint.key, endpoint]));
  const others = otherNames(after);
  const lines: string[] = [];
  for (const endpoint of now.values()) {
    const line = changeOf(known.get(endpoint.key), endpoint, openAt(endpoint.key), others(endpoint));
    if (line !== undefined) lines.push(`${nameOf(endpoint)} ${line}`);
  }
  for (const [key, endpoint] of known) {
    if (!now.has(key)) lines.push(`${nameOf(endpoint)} is gone${draining(openAt(key), others(endpoint))}`);
  }
  const isEmpty = (port: Endpoints | undefined): boolean => (port?.clusterEndpoints ?? []).length === 0;
  if (lines.length > 0 && isEmpty(after) && !isEmpty(before))
    lines.push(`${label} has no ready pod: new conns wait for one`);
  return lines;
}

function changeOf(before: Endpoint | undefined, after: Endpoint, open: number, others: string): string | undefined {
  if (after.terminating && !before?.terminating) return `terminating${draining(open, others)}`;
  if (after.ready && !before?.ready) return `ready: takes new conns`;
  if (before?.ready && !after.ready && !after.terminating) return `not ready${draining(open, others)}`;
  return undefined;
}

/** `: 2 open conns draining, new conns -> web-xyz, web-klm`. */
function draining(open: number, others: string): string {
  const parts = [
    open === 0 ? '' : `${open} open conn${open === 1 ? '' : 's'} draining`,
    others === '' ? '' : `new conns -> ${others}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function otherNames(after: Endpoints | undefined): (endpoint: Endpoint) => string {
  const eligible = after?.clusterEndpoints ?? [];
  return ({ key }) => {
    const names = eligible.filter((endpoint) => endpoint.key !== key).map(nameOf);
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    return `${names.slice(0, MAX_NAMES).join(', ')}${more}`;
  };
}

function nameOf({ podName, key }: Endpoint): string {
  return podName || key;
}
