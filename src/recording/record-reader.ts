/**
 * Reading a record: line by line to the tables that were in force.
 *
 *   header ─▶ keyframe ─▶ object × n ─▶ change, or keyframe, or end
 *
 * Whatever is wrong ends it, with the number of the line.
 */

import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { SvclaneError } from '../errors.ts';
import { isRecord } from '../lib/is-record.ts';
import { diffMaps } from '../lib/persistent-map.ts';
import type { NodeContext, RoutingTable } from '../model/route.ts';
import { emptyTable } from '../routing/table.ts';
import {
  type ChangeLine,
  type HeaderLine,
  type KeyframeLine,
  LINES,
  RECORD_VERSION,
  type RecordedEntry,
  type RecordedNode,
} from './record-lines.ts';
import { decodeNode } from './record-node.ts';
import { RecordedObjects } from './recorded-objects.ts';
import { TableDigest } from './table-digest.ts';

export interface RecordReaderOptions {
  /** The file, for messages. */
  readonly where: string;
  readonly format: HeaderLine['format'];
  /** Told of each table in its order, and since when it was in force, ms since the epoch. */
  readonly onTable: (table: RoutingTable, atMs: number) => void;
}

/** Reads one record. Every method throws `SVL_BUNDLE_INVALID`; after that it is of no more use. */
export class RecordReader {
  readonly #options: RecordReaderOptions;
  #line = 0;
  #header: HeaderLine | undefined;
  #objects = new RecordedObjects('');
  #table: RoutingTable | undefined;
  readonly #digest = new TableDigest();
  /** A keyframe whose objects are not all there yet. */
  #pending: { readonly line: KeyframeLine; readonly node: NodeContext; left: number } | undefined;
  #hasEnded = false;

  constructor(options: RecordReaderOptions) {
    this.#options = options;
  }

  /** `undefined` before the first line. */
  get header(): HeaderLine | undefined {
    return this.#header;
  }

  /** So many lines were read. */
  get lines(): number {
    return this.#line;
  }

  /** Whether the record may end here: after a table that is whole. */
  get isWhole(): boolean {
    return this.#table !== undefined && !this.#pending;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Takes the next line, without its end. */
  read(text: string): void {
    this.#line++;
    try {
      this.#take(parseLine(text));
    } catch (error) {
      if (error instanceof SvclaneError) throw error;
      throw this.#wrong(error instanceof Error ? error.message : String(error));
    }
  }

  /** There is no further line. `partial` = a record that was cut off is taken as far as it goes. */
  end({ partial }: { readonly partial: boolean }): void {
    if (!this.#header) throw this.#wrong('the file is empty');
    if (!this.isWhole && !(partial && this.#table)) throw this.#wrong('it ends before its first table is whole');
    if (!this.#hasEnded && !partial) throw this.#wrong('it was cut off here: the end line is missing', PARTIAL);
  }

  /** The error of a line that is not whole. */
  torn(): SvclaneError {
    this.#line++;
    return this.#wrong('it was cut off within this line', PARTIAL);
  }

  #take(line: Readonly<Record<string, unknown>>): void {
    if (this.#hasEnded) throw new Error('there is more behind the end line');
    if (!this.#header || line.type === 'header') this.#takeHeader(line);
    else if (this.#pending) this.#takeObject(checked(LINES.object, line, 'object'));
    else if (line.type === 'keyframe') this.#takeKeyframe(checked(LINES.keyframe, line, 'keyframe'));
    else if (!this.#table) throw new Error('expected a keyframe first');
    else if (line.type === 'change') this.#takeChange(this.#table, checked(LINES.change, line, 'change'));
    else this.#takeEnd(checked(LINES.end, line, 'keyframe, change or end').lines);
  }

  #takeHeader(line: Readonly<Record<string, unknown>>): void {
    const { format } = this.#options;
    if (line.type !== 'header' || line.format !== format)
      throw new Error(`this is no ${format}: its header is missing`);
    if (line.version !== RECORD_VERSION) {
      throw new Error(`version ${JSON.stringify(line.version)} of the format; this svclane reads ${RECORD_VERSION}`);
    }
    if (this.#header) throw new Error('a second header');
    this.#header = checked(LINES.header, line, 'header');
    this.#objects = new RecordedObjects(this.#header.serviceProxyName);
  }

  #takeKeyframe(line: KeyframeLine): void {
    this.#checkOrder(line.generation);
    this.#objects.clear();
    this.#pending = { line, node: this.#nodeOf(line.node), left: line.objects };
    this.#settleKeyframe();
  }

  #takeObject(entry: RecordedEntry): void {
    this.#objects.apply(entry);
    if (this.#pending) this.#pending.left--;
    this.#settleKeyframe();
  }

  #settleKeyframe(): void {
    if (!this.#pending || this.#pending.left > 0) return;
    const { line, node } = this.#pending;
    this.#pending = undefined;
    this.#settle(this.#table ?? emptyTable(node), line, node);
  }

  #takeChange(table: RoutingTable, line: ChangeLine): void {
    this.#checkOrder(line.generation);
    for (const entry of line.apply) this.#objects.apply(entry);
    for (const deletion of line.delete) this.#objects.delete(deletion);
    this.#settle(table, line, line.node ? this.#nodeOf(line.node) : table.node);
  }

  #settle(previous: RoutingTable, line: Pick<ChangeLine, 'generation' | 'time' | 'digest'>, node: NodeContext): void {
    const atMs = Date.parse(line.time);
    if (Number.isNaN(atMs)) throw new Error(`"${line.time}" is no time`);
    const table = this.#objects.table(previous, line.generation, node);
    if (line.digest !== undefined) {
      diffMaps(previous.services, table.services, (key, _, routes) => this.#digest.set(key, routes));
      if (this.#digest.text !== line.digest) {
        throw new Error(
          `revision ${line.generation} routes otherwise than when it was recorded (digest ${line.digest})`,
        );
      }
    }
    this.#table = table;
    this.#options.onTable(table, atMs);
  }

  #takeEnd(lines: number): void {
    if (lines !== this.#line - 1) throw new Error(`the end line counts ${lines} lines, there are ${this.#line - 1}`);
    this.#hasEnded = true;
  }

  #nodeOf(recorded: RecordedNode): NodeContext {
    const node = decodeNode(recorded, (key) => this.#objects.hostOf(key));
    if (!node) throw new Error('node: a range is none');
    return node;
  }

  #checkOrder(generation: number): void {
    const last = this.#table?.generation ?? 0;
    if (generation <= last) throw new Error(`revision ${generation} comes after ${last}`);
  }

  #wrong(message: string, hint = ''): SvclaneError {
    return new SvclaneError('SVL_BUNDLE_INVALID', `${this.#options.where}:${this.#line}: ${message}`, {
      facts: { file: this.#options.where, line: this.#line },
      ...(hint !== '' && { hint }),
    });
  }
}

const PARTIAL = '--partial takes what is there';

function parseLine(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('this line is no JSON');
  }
  if (!isRecord(value)) throw new Error('this line is no JSON object');
  return value;
}

function checked<Schema extends TSchema>(schema: Schema, line: Readonly<Record<string, unknown>>, expected: string) {
  if (Value.Check(schema, line)) return line;
  const [first] = Value.Errors(schema, line);
  const place = line.type === expected && first ? `: ${first.instancePath || '/'} ${first.message}` : '';
  throw new Error(`expected a line of type ${expected}${place}`);
}
