/**
 * What `drain` and `restore` have in common: the endpoints that are meant, one after the other, and a line for each.
 */

import type { Static } from 'typebox';
import { CHANGED_ENDPOINT } from '../admin/change-routes.ts';
import { changeDaemon } from './admin-client.ts';
import { checkJsonOutput } from './check-json-output.ts';
import { daemonHost } from './daemon-host.ts';
import { findEndpoints } from './find-endpoints.ts';
import { printable } from './printable.ts';

/** The options of both, as commander gives them. */
export interface ChangeEndpointOptions {
  readonly namespace?: string;
  readonly output?: string;
  readonly host?: string;
  readonly tokenFile?: string;
}

/** The answer of the daemon. */
export type ChangedEndpoint = Static<typeof CHANGED_ENDPOINT>;

export interface EndpointChange {
  readonly verb: 'drain' | 'restore';
  readonly endpoint: string;
  readonly service: string | undefined;
  /** The line for one that was changed, or not. */
  readonly tell: (changed: ChangedEndpoint, connections: number) => string;
}

/** Changes every Service port of the endpoint, and prints what became of each. Throws as `findEndpoints`, `changeDaemon`. */
export async function changeEndpoints(
  { verb, endpoint, service, tell }: EndpointChange,
  { namespace, output, host: asked, tokenFile }: ChangeEndpointOptions,
): Promise<readonly ChangedEndpoint[]> {
  checkJsonOutput(output);
  const host = daemonHost(asked, process.env);
  const all: ChangedEndpoint[] = [];
  for (const { id, connections } of await findEndpoints(host, { endpoint, service, namespace })) {
    const path = `/v1/endpoints/${encodeURIComponent(id)}:${verb}`;
    const changed = await changeDaemon(host, { method: 'POST', path, tokenFile }, CHANGED_ENDPOINT);
    all.push(changed);
    if (output === undefined) process.stdout.write(`${printable(tell(changed, connections))}\n`);
  }
  if (output === 'json') process.stdout.write(`${JSON.stringify({ items: all }, null, 2)}\n`);
  return all;
}

/** `shop/web:http 10.244.1.7:8080 (web-0)`. */
export function endpointText({ namespace, service, port, portName, endpoint, pod }: ChangedEndpoint): string {
  return `${namespace}/${service}:${portName || port} ${endpoint}${pod === '' ? '' : ` (${pod})`}`;
}
