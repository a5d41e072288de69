/**
 * YAML whose long lists are read a piece at a time.
 *
 *   mode: dev            mode: dev
 *   lanes:        ──▶    lanes: []          "- target: svc/a …"   "- target: svc/k …"
 *     - target: svc/a    logging: {}        ╰─ 8 entries ──╯      ╰─ 8 entries ──╯
 *     - …
 *   logging: {}          the rest           pieces, each read and let go of before the next
 *
 * A parsed document takes a hundred times the memory of its text, and a heap that has once grown by that keeps it: of a file with
 * thousands of lanes it would be most of what the process has. Every part is read by the same parser as a whole document;
 * where cutting could make a difference, nothing is cut.
 */

import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { isRecord } from '../lib/is-record.ts';

const ENTRIES_AT_ONCE = 8;

/** A list that was cut out. `at` is where the empty list in its place stands in the rest. */
interface CutList {
  readonly key: string;
  readonly at: number;
  readonly pieces: readonly Piece[];
}

/** Lines with their ends. */
type Piece = readonly string[];

/**
 * The value of a text that has a long list at one of its outermost keys. `undefined` = it has none, or there is something that only the
 * whole document tells, such as an error: read it as a whole.
 */
export function parseInPieces(text: string): { readonly value: unknown } | undefined {
  // Directives are for all that follows them.
  if (/^%/m.test(text)) return undefined;
  const { rest, lists } = cutLists(text.split(/(?<=\n)/));
  if (lists.length === 0) return undefined;
  try {
    return { value: joined(rest, lists) };
  } catch {
    // Errors, and aliases whose anchor is in another piece.
    return undefined;
  }
}

function joined(rest: string, lists: readonly CutList[]): unknown {
  const document = soundDocument(rest);
  const value: unknown = document.toJS();
  if (!isRecord(value)) throw new TypeError('no mapping');
  const result: Record<string, unknown> = { ...value };
  for (const list of lists) {
    if (!isInPlace(document, list)) throw new TypeError('what looked like a key is none');
    result[list.key] = list.pieces.flatMap((piece) => entriesOf(piece));
  }
  return result;
}

function entriesOf(piece: Piece): readonly unknown[] {
  const entries: unknown = soundDocument(piece.join('')).toJS();
  if (!Array.isArray(entries)) throw new TypeError('no list');
  return entries;
}

function soundDocument(text: string): Document {
  const document = parseDocument(text, { prettyErrors: false });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw fault;
  return document;
}

/** Whether the parser has seen the empty list as the value of its key: it could stand within a text. */
function isInPlace({ contents }: Document, { key, at }: CutList): boolean {
  const value = isMap(contents) && contents.flow !== true ? contents.get(key, true) : undefined;
  return isSeq(value) && value.items.length === 0 && value.range?.[0] === at;
}

/** `lines` with their ends, as in every part of what comes out. */
function cutLists(lines: readonly string[]): { readonly rest: string; readonly lists: readonly CutList[] } {
  const lists: CutList[] = [];
  let rest = '';
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const key = keyOf(line);
    const dash = key === undefined ? undefined : firstDash(lines, index + 1);
    const pieces = dash === undefined ? [] : piecesFrom(lines, index + 1, dash);
    if (key === undefined || dash === undefined || pieces.length < 2) {
      rest += line;
      continue;
    }
    lists.push({ key, at: rest.length + key.length + 2, pieces });
    rest += `${key}: []\n`;
    index += pieces.reduce((sum, { length }) => sum + length, 0);
  }
  return { rest, lists };
}

/** The key of a line that has nothing but an outermost key. */
function keyOf(line: string): string | undefined {
  return /^([A-Za-z]\w*):[ \t]*(?:#.*)?\r?\n?$/.exec(line)?.[1];
}

/** What the list that begins at `start` has before each entry; `undefined` = there is no list. */
function firstDash(lines: readonly string[], start: number): string | undefined {
  let index = start;
  while (index < lines.length && /^\s*(?:#.*)?\n?$/.test(lines[index] ?? '')) index++;
  return /^ *-(?=[ \r\n])/.exec(lines[index] ?? '')?.[0];
}

/** The lines of the list that begins at `start`, in pieces that begin with an entry each, but for comments before the first. */
function piecesFrom(lines: readonly string[], start: number, dash: string): readonly Piece[] {
  const pieces: string[][] = [[]];
  let entries = 0;
  for (let index = start; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const isEntry = line.startsWith(dash) && /^[ \r\n]?$/.test(line.charAt(dash.length));
    if (!isEntry && !isWithin(line, dash.length)) break;
    if (isEntry && entries++ % ENTRIES_AT_ONCE === 0 && entries > 1) pieces.push([]);
    pieces.at(-1)?.push(line);
  }
  return pieces;
}

/** Whether a line belongs to the entry before it: it is indented at least as what follows the dash, or says nothing. */
function isWithin(line: string, indent: number): boolean {
  const text = line.trimStart();
  return text === '' || text.startsWith('#') || line.length - text.length >= indent;
}
