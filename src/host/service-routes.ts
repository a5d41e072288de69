/**
 * Local routes for Service addresses, marked by their routing protocol number.
 *
 * A `local` route lets a socket bind an IPv4 address that no interface has. For IPv6 the kernel wants the address itself
 * (`EADDRNOTAVAIL` otherwise), so that is added to `lo` as well; the route marks it as ours.
 */

import { addCommand, records, removeByIp, runIpBatch, withPrefix } from './own-addresses.ts';
import { runTool } from './run-tool.ts';

/** The owner's mark: the routing protocol number of our routes. */
const ROUTE_PROTOCOL = 77;

/** Makes the addresses local; those that are already stay so. All or nothing. Throws `ToolError`. */
export async function addServiceRoutes(addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  try {
    await runIpBatch(addresses.flatMap((address) => [`route replace ${routeText(address)}`, ...onLoopback(address)]));
  } catch (error) {
    await removeServiceRoutes(addresses).catch(() => {});
    throw error;
  }
}

/** Takes the addresses away again. What is gone already is no failure. Throws `ToolError`. */
export async function removeServiceRoutes(addresses: readonly string[]): Promise<void> {
  await removeByIp(
    addresses.flatMap((address) => [
      ...(address.includes(':') ? [`address del ${withPrefix(address)} dev lo`] : []),
      `route del ${routeText(address)}`,
    ]),
  );
}

/** The addresses that bear our mark, whichever process left them. Throws `ToolError`. */
export async function listServiceRoutes(): Promise<readonly string[]> {
  const listings = await Promise.all(
    ['-4', '-6'].map((family) =>
      runTool('ip', ['-j', family, 'route', 'show', 'table', 'local', 'proto', String(ROUTE_PROTOCOL)]),
    ),
  );
  return listings
    .flatMap((listing): readonly Readonly<Record<string, unknown>>[] => records(JSON.parse(listing || '[]')))
    .flatMap(({ dst }) => (typeof dst === 'string' ? [dst] : []));
}

function routeText(address: string): string {
  return `local ${withPrefix(address)} dev lo table local proto ${ROUTE_PROTOCOL}`;
}

function onLoopback(address: string): readonly string[] {
  return address.includes(':') ? [addCommand(address)] : [];
}
