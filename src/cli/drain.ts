/**
 * `svclane drain`, also called `quarantine`: an endpoint gets no new flows, and those that it has may end.
 */

import { ENDPOINT_LIST } from '../admin/endpoint-rows.ts';
import { SvclaneError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { askDaemon } from './admin-client.ts';
import { type ChangeEndpointOptions, changeEndpoints, endpointText } from './change-endpoints.ts';
import { daemonHost } from './daemon-host.ts';
import { closedPipe, pause } from './output-pipe.ts';

const POLL_MS = 500;

/** The options of `drain`, as commander gives them. */
export interface DrainOptions extends ChangeEndpointOptions {
  /** How long to wait until the live flows have ended. */
  readonly wait?: string;
}

/** Drains; resolves with 0, or with 1 where flows live on when `--wait` is over. Throws `SVL_NOT_FOUND`, `SVL_USAGE`. */
export async function drainCommand(
  endpoint: string,
  service: string | undefined,
  options: DrainOptions,
): Promise<number> {
  const waitMs = options.wait === undefined ? 0 : parseWait(options.wait);
  const changed = await changeEndpoints(
    {
      verb: 'drain',
      endpoint,
      service,
      tell: (row, connections) => {
        const already = row.changed ? 'drained' : 'was drained already';
        return `${endpointText(row)} ${already}${connections === 0 ? '' : `, ${goOn(connections)}`}`;
      },
    },
    options,
  );
  return waitMs === 0 ||
    (await waitForFlows(
      changed.map(({ id }) => id),
      waitMs,
      options,
    ))
    ? 0
    : 1;
}

function parseWait(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new SvclaneError('SVL_USAGE', `--wait "${text}" is no time`, { hint: 'use --wait 30s' });
}

/** Whether the endpoints have no flows left before the time is over. */
async function waitForFlows(
  ids: readonly string[],
  waitMs: number,
  { namespace, host: asked }: DrainOptions,
): Promise<boolean> {
  const host = daemonHost(asked, process.env);
  const query = new URLSearchParams(namespace === undefined ? {} : { namespace });
  const closed = closedPipe();
  const endMs = performance.now() + waitMs;
  for (;;) {
    const { items } = await askDaemon(host, `/v1/endpoints?${query}`, ENDPOINT_LIST);
    const left = items.filter(({ id }) => ids.includes(id)).reduce((sum, { connections }) => sum + connections, 0);
    if (left === 0) return true;
    if (performance.now() >= endMs || !(await pause(POLL_MS, closed))) {
      process.stderr.write(`${goOn(left)}\n`);
      return false;
    }
  }
}

function goOn(flows: number): string {
  return flows === 1 ? '1 live flow goes on' : `${flows} live flows go on`;
}
