/**
 * Loading a history file: whatever is whole in it, into the ring.
 */

import { readFile } from 'node:fs/promises';
import { errnoOf, SvclaneError } from '../errors.ts';
import { RecordReader } from '../recording/record-reader.ts';
import type { History } from '../routing/history.ts';

/** What was found in one file. */
export interface LoadedSegment {
  /** So many bytes at its beginning are in order. */
  readonly goodBytes: number;
  readonly revisions: number;
  /** It goes on behind them with a line that is whole and wrong, so that nothing may be written behind it. */
  readonly isDamaged: boolean;
  /** It is another file of somebody's: it must not be touched. */
  readonly isForeign: boolean;
  /** What is wrong, where something is; a last line that was cut off is nothing to speak of. */
  readonly problem: SvclaneError | undefined;
}

const NOTHING: LoadedSegment = { goodBytes: 0, revisions: 0, isDamaged: false, isForeign: false, problem: undefined };

/** Adds the revisions of a file that are newer than the ring. A file that is not there is empty. Never rejects. */
export async function loadSegment(path: string, history: History): Promise<LoadedSegment> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    // Where its folder is none, writing says so.
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(cause) ?? '')) return NOTHING;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { ...NOTHING, problem: new SvclaneError('SVL_HISTORY_FILE', `cannot read ${path}: ${reason}`, { cause }) };
  }
  if (!isHistory(bytes)) {
    const problem = new SvclaneError('SVL_HISTORY_FILE', `${path} is no history of svclane: it is left alone`, {
      hint: 'name another history.file',
    });
    return { ...NOTHING, isForeign: true, problem };
  }
  return readSegment(path, bytes, history);
}

function readSegment(path: string, bytes: Buffer, history: History): LoadedSegment {
  // Another record of the same past shares no object with what is there.
  history.resume();
  let revisions = 0;
  const reader = new RecordReader({
    where: path,
    format: 'svclane-history',
    onTable(table, atMs) {
      revisions++;
      if (table.generation > (history.newest?.generation ?? 0)) history.add(table, atMs);
    },
  });
  let goodBytes = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    try {
      reader.read(bytes.toString('utf8', start, end));
      checkName(path, reader, history);
    } catch (cause) {
      const problem = cause instanceof SvclaneError ? cause : undefined;
      return { goodBytes, revisions, isDamaged: true, isForeign: false, problem };
    }
    start = end + 1;
    if (reader.isWhole) goodBytes = start;
  }
  return { ...NOTHING, goodBytes, revisions };
}

const NEWLINE = 0x0a;
const START = Buffer.from('{"type":"header","format":"svclane-history"');

/** Also one that was cut off within its first words. */
function isHistory(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, START.length);
  return bytes.subarray(0, length).equals(START.subarray(0, length));
}

/** The routes of another proxy name cannot be made again under ours. */
function checkName(path: string, { header }: RecordReader, { serviceProxyName }: History): void {
  if (!header || header.serviceProxyName === serviceProxyName) return;
  const message = `${path} is of serviceProxyName "${header.serviceProxyName}", not "${serviceProxyName}": it is left alone`;
  throw new SvclaneError('SVL_HISTORY_FILE', message);
}
