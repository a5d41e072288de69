/**
 * `svclane kill`: ends live flows by their ids.
 */

import { ENDED_FLOW } from '../admin/change-routes.ts';
import { FLOW_LIST } from '../admin/flow-rows.ts';
import { nearest } from '../config/nearest.ts';
import { SvclaneError } from '../errors.ts';
import { askDaemon, changeDaemon } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { printable } from './printable.ts';

/** The options of `kill`, as commander gives them. */
export interface KillOptions {
  readonly host?: string;
  readonly tokenFile?: string;
}

/** Ends each, and prints its id. Throws `SVL_NOT_FOUND` for the first that is not there, after the others were ended. */
export async function killCommand(ids: readonly string[], { host: asked, tokenFile }: KillOptions): Promise<void> {
  const host = daemonHost(asked, process.env);
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    if (await end(host, id, tokenFile)) process.stdout.write(`${printable(id)} ended\n`);
    else missing.push(id);
  }
  if (missing.length > 0) throw await unknown(host, missing);
}

async function end(host: string, id: string, tokenFile: string | undefined): Promise<boolean> {
  try {
    const path = `/v1/connections/${encodeURIComponent(id)}`;
    await changeDaemon(host, { method: 'DELETE', path, tokenFile }, ENDED_FLOW);
    return true;
  } catch (error) {
    if (error instanceof SvclaneError && error.code === 'SVL_NOT_FOUND') return false;
    throw error;
  }
}

async function unknown(host: string, missing: readonly string[]): Promise<SvclaneError> {
  const lists = await Promise.all(['/v1/connections', '/v1/udp'].map((path) => askDaemon(host, path, FLOW_LIST)));
  const ids = lists.flatMap(({ items }) => items.map(({ id }) => id));
  const near = nearest(missing[0] ?? '', ids);
  return new SvclaneError('SVL_NOT_FOUND', `no live flow has the id ${missing.map((id) => `"${id}"`).join(', ')}`, {
    hint: near === undefined ? 'it may have ended: svclane get conns, svclane get udp' : `did you mean ${near}?`,
  });
}
