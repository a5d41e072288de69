/**
 * Chooses how Service addresses are captured, by trying what this machine can do.
 */

import { readFile } from 'node:fs/promises';
import { SvclaneError } from '../errors.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Capture } from '../model/capture.ts';
import { captureError } from './capture-error.ts';
import { NftablesCapture } from './capture-nftables.ts';
import { createNoCapture } from './capture-none.ts';
import { RoutesCapture } from './capture-routes.ts';
import { removeTable, replaceTable } from './nft-table.ts';
import { availableFamilies, MAX_OWN_ADDRESSES, ownAddress } from './own-addresses.ts';
import { ownPortRange } from './own-ports.ts';
import { runTool } from './run-tool.ts';
import { addServiceRoutes, removeServiceRoutes } from './service-routes.ts';

const DEFAULT_LOCAL_PORT_RANGE = '32768 60999';

export interface CaptureOptions {
  readonly type: 'auto' | 'nftables' | 'routes' | 'none';
  readonly clock?: Clock;
  /** Where the capture lock comes from and goes to. */
  readonly sockets?: SocketExchange;
}

/**
 * A capture of the type that is asked for; `auto` takes nftables where it can be had, else local routes. Whether it can
 * be had is tried out in the kernel, and nothing is left of that. Throws `SVL_CAPTURE` with what would help.
 */
export async function createCapture({ type, clock = systemClock, sockets }: CaptureOptions): Promise<Capture> {
  if (type === 'none') return createNoCapture('set by the configuration');
  if (type === 'routes') return routesCapture('set by the configuration', sockets);
  const problem = await trial(tryNftables);
  if (!problem) {
    const reason = type === 'auto' ? 'nftables works here' : 'set by the configuration';
    return new NftablesCapture(reason, { clock, range: await portRange(), sockets });
  }
  if (type === 'nftables') throw problem;
  return routesCapture(`nftables cannot be had here (${problem.message})`, sockets);
}

async function routesCapture(reason: string, sockets: SocketExchange | undefined): Promise<Capture> {
  const problem = await trial(tryRoutes);
  if (!problem) return new RoutesCapture(reason, sockets);
  const { hint } = problem;
  throw new SvclaneError('SVL_CAPTURE', `Service addresses cannot be captured: ${problem.message}; ${reason}`, {
    cause: problem,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function trial(attempt: () => Promise<void>): Promise<SvclaneError | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return captureError(attempt === tryRoutes ? 'local routes' : 'nftables', error);
  }
}

/** The same table under another name, made and removed in one transaction; and `ip`, which adds the own addresses. */
async function tryNftables(): Promise<void> {
  const name = `svclane-trial-${process.pid}`;
  const input = `${replaceTable(await availableFamilies(), { elements: [], clusterIPs: [] }, name)}${removeTable(name)}`;
  await runTool('nft', ['-f', '-'], { input });
  await runTool('ip', ['-j', 'address', 'show', 'dev', 'lo']);
}

async function tryRoutes(): Promise<void> {
  const address = ownAddress('IPv4', MAX_OWN_ADDRESSES);
  await addServiceRoutes([address]);
  await removeServiceRoutes([address]);
}

async function portRange(): Promise<ReturnType<typeof ownPortRange>> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => DEFAULT_LOCAL_PORT_RANGE);
  return ownPortRange(text);
}
