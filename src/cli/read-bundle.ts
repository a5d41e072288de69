/**
 * Bundles from files: read whole or not at all.
 */

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { SvclaneError } from '../errors.ts';
import type { HeaderLine } from '../recording/record-lines.ts';
import { RecordReader } from '../recording/record-reader.ts';
import { createHistory } from '../routing/create-history.ts';
import type { History } from '../routing/history.ts';

/** What a bundle has: every table of it is in the history. */
export interface Bundle {
  readonly path: string;
  readonly header: HeaderLine;
  readonly history: History;
  readonly lines: number;
  /** It has its end: it was not cut off. */
  readonly isComplete: boolean;
}

/** No line of ours is longer: a Service with ten thousand endpoints takes a few megabytes. */
const MAX_LINE = 256 * 1024 * 1024;

/**
 * Reads and verifies a bundle. `partial` takes one that was cut off as far as it goes. Throws `SVL_BUNDLE_UNREADABLE`, and
 * `SVL_BUNDLE_INVALID` with the number of the line that is wrong.
 */
export async function readBundle(path: string, { partial }: { readonly partial: boolean }): Promise<Bundle> {
  let history: History | undefined;
  const reader = new RecordReader({
    where: path,
    format: 'svclane-bundle',
    onTable(table, atMs) {
      const { serviceProxyName = '' } = reader.header ?? {};
      history ??= createHistory({ ...UNBOUNDED, serviceProxyName });
      history.add(table, atMs);
    },
  });
  await readLines(path, reader, partial);
  const { header, lines, hasEnded } = reader;
  if (!header || !history) throw new SvclaneError('SVL_BUNDLE_INVALID', `${path}: no table is there`);
  return { path, header, history, lines, isComplete: hasEnded };
}

const UNBOUNDED = { maxRevisions: Number.MAX_SAFE_INTEGER, maxAgeMs: Number.POSITIVE_INFINITY };

/** Whether a file begins as a bundle does: so that `-f` may take manifests and bundles alike. */
export function isBundle(path: string): boolean {
  const start = Buffer.alloc(64);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const length = readSync(file, start);
    return start.toString('utf8', 0, length).startsWith('{"type":"header","format":"svclane-bundle"');
  } catch {
    // A folder, or nothing: whoever reads it says what is wrong.
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readLines(path: string, reader: RecordReader, partial: boolean): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) reader.read(line);
      if (rest.length > MAX_LINE) throw reader.torn();
    }
  } catch (cause) {
    if (cause instanceof SvclaneError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_BUNDLE_UNREADABLE', `cannot read ${path}: ${reason}`, { cause });
  }
  if (rest !== '' && !partial) throw reader.torn();
  reader.end({ partial });
}
