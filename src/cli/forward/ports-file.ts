/**
 * The ports file: where the lanes are, for scripts. It is there while they are.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SvclaneError } from '../../errors.ts';
import { isRecord } from '../../lib/is-record.ts';
import type { RoutingTable } from '../../model/route.ts';
import { type BoundLane, readyCount } from './bound-lane.ts';

/** What the file says beside the lanes. */
export interface PortsFacts {
  readonly pid: number;
  readonly context: string;
  readonly transport: string;
}

/** The text of the file. */
export function portsText(lanes: readonly BoundLane[], table: RoutingTable, facts: PortsFacts): string {
  const { pid, context, transport } = facts;
  const rows = lanes.flatMap((lane) =>
    lane.addresses.map((address) => ({
      target: lane.plan.label,
      port: lane.plan.portName || lane.plan.portText,
      protocol: lane.plan.protocol.toLowerCase(),
      address,
      localPort: lane.localPort,
      transport: lane.plan.protocol === 'UDP' ? 'direct' : transport,
      ready: readyCount(lane, table),
    })),
  );
  const document = { apiVersion: 'svclane.dev/v1alpha1', kind: 'Ports', pid, context, lanes: rows };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/** Puts the file in place at once: nobody reads half of it. Throws `SVL_USAGE` where it cannot be written. */
export function writePortsFile(path: string, text: string): void {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (cause) {
    rmSync(beside, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'name another file by --ports-file';
    throw new SvclaneError('SVL_USAGE', `cannot write the ports file: ${reason}`, { cause, hint });
  }
}

/** Removes the file, unless another process has put its own there meanwhile. */
export function removePortsFile(path: string, pid: number): void {
  try {
    const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isRecord(document) && document.pid === pid) rmSync(path, { force: true });
  } catch {
    // It is gone, or somebody else's.
  }
}
