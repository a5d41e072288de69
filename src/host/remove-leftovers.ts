/**
 * Finds and removes what svclane put into the kernel, whichever process left it.
 */

import { captureError } from './capture-error.ts';
import { takeCaptureLock } from './capture-lock.ts';
import { bearsMark, removeTable, TABLE } from './nft-table.ts';
import { listOwnAddresses, removeOwnAddresses } from './own-addresses.ts';
import { runTool, ToolError } from './run-tool.ts';
import { listServiceRoutes, removeServiceRoutes } from './service-routes.ts';

/**
 * Removes our nftables table, own addresses and local routes from this network namespace, and says what was removed,
 * one line each. Throws `SVL_CAPTURE` while another svclane captures here, and where the rights are missing.
 */
export async function removeCaptureLeftovers(): Promise<string[]> {
  const lock = await takeCaptureLock();
  try {
    return await removeLeftovers();
  } catch (error) {
    throw captureError('what svclane left in the kernel cannot be removed', error);
  } finally {
    await lock.release();
  }
}

/** As {@link removeCaptureLeftovers}, for the holder of the lock. Throws `ToolError`. */
export async function removeLeftovers(): Promise<string[]> {
  return [...(await removeLeftTable()), ...(await removeLeftAddresses()), ...(await removeLeftRoutes())];
}

/** The listing of the table with our name; "" = there is none. JSON with `-j` in `flags`. Throws `ToolError`. */
export async function listTable(...flags: readonly string[]): Promise<string> {
  try {
    return await runTool('nft', [...flags, 'list', 'table', 'inet', TABLE]);
  } catch (error) {
    if (error instanceof ToolError && /no such file or directory/i.test(error.stderr)) return '';
    throw error;
  }
}

/** Without nft on the machine nobody can have left a table. */
async function removeLeftTable(): Promise<string[]> {
  try {
    if (!bearsMark(await listTable('-t'))) return [];
    await runTool('nft', ['-f', '-'], { input: removeTable() });
    return [`nftables table inet ${TABLE}`];
  } catch (error) {
    if (error instanceof ToolError && error.missing) return [];
    throw error;
  }
}

async function removeLeftAddresses(): Promise<string[]> {
  const addresses = await listOwnAddresses();
  await removeOwnAddresses(addresses);
  return addresses.map((address) => `address ${address} on lo`);
}

/** Removes the local routes of capture `routes`. Throws `ToolError`. */
export async function removeLeftRoutes(): Promise<string[]> {
  const addresses = await listServiceRoutes();
  await removeServiceRoutes(addresses);
  return addresses.map((address) => `local route to ${address}`);
}
