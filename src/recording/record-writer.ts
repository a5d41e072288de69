/**
 * Writing a record: a table whole, then the revisions that follow it.
 */

import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { NodeContext, RoutingTable, ServiceRoutes } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import type { History } from '../routing/history.ts';
import { causesOfVersion } from '../routing/history-changes.ts';
import type { Revision } from '../routing/revision.ts';
import type { ServiceVersion } from '../routing/service-version.ts';
import { encodeObject } from './encode-object.ts';
import { type ChangeLine, formatLine, type RecordedDeletion, type RecordedEntry } from './record-lines.ts';
import { encodeNode } from './record-node.ts';
import { TableDigest } from './table-digest.ts';

export interface RecordWriterOptions {
  readonly history: History;
  /** With the digest of each table: it costs the text of each Service that changed. */
  readonly withDigest: boolean;
}

/** Makes the lines. It follows one table: a keyframe first, then each revision behind it, in order. */
export class RecordWriter {
  readonly #history: History;
  readonly #withDigest: boolean;
  #digest = new TableDigest();

  constructor({ history, withDigest }: RecordWriterOptions) {
    this.#history = history;
    this.#withDigest = withDigest;
  }

  /**
   * The lines of a table, one Service after the other, so that whoever asks may pause between them. With a digest it is
   * made first: `undefined` stands for a pause.
   */
  *keyframe(table: RoutingTable, atMs: number): Generator<string | undefined> {
    this.#digest = new TableDigest();
    let objects = 0;
    for (const routes of table.services.values()) {
      objects += 1 + routes.slices.length;
      if (!this.#withDigest) continue;
      this.#digest.set(routes.key, routes);
      yield undefined;
    }
    const node = encodeNode(table.node);
    yield formatLine({ type: 'keyframe', ...this.#moment(table.generation, atMs), node, objects });
    for (const routes of table.services.values()) {
      const entries = [
        entryOf(routes.service, hostOf(routes, table.node)),
        ...routes.slices.map((slice) => entryOf(slice)),
      ];
      yield entries.map((entry) => formatLine({ type: 'object', ...entry })).join('');
    }
  }

  /** The line of a revision of the history. */
  change({ generation, atMs, node, changes }: Revision): string {
    const nodeBefore = this.#history.nodeBefore(generation);
    const line: Pick<ChangeLine, 'apply' | 'delete' | 'causes'> = { apply: [], delete: [], causes: [] };
    for (const version of changes) {
      const routes = this.#withDigest || node.hosts ? this.#history.serviceAt(version.key, generation) : undefined;
      if (this.#withDigest) this.#digest.set(version.key, routes);
      addObjects(version, line, routes && hostOf(routes, node));
      for (const cause of causesOfVersion(version, nodeBefore)) line.causes.push({ service: version.key, ...cause });
    }
    const moved = node === nodeBefore ? {} : { node: encodeNode(node) };
    return formatLine({ type: 'change', ...this.#moment(generation, atMs), ...moved, ...line });
  }

  #moment(generation: number, atMs: number): Pick<ChangeLine, 'generation' | 'time' | 'digest'> {
    const time = new Date(atMs).toISOString();
    return { generation, time, ...(this.#withDigest && { digest: this.#digest.text }) };
  }
}

function entryOf(object: Service | EndpointSlice, host?: string): RecordedEntry {
  const problems = object.problems.map((problem) => ({ ...problem }));
  const more = { ...(problems.length > 0 && { problems }), ...(host !== undefined && { host }) };
  return { object: { ...encodeObject(object) }, ...more };
}

/** The local address that a Service has. Of its routes: which it had then, nobody else knows any more. */
function hostOf({ routes }: ServiceRoutes, { hosts, lanes }: NodeContext): string | undefined {
  if (!hosts) return undefined;
  const isTyped = (address: string, port: number): boolean =>
    lanes.some((lane) => lane.address === address && lane.localPort === port);
  return routes.find(({ frontend: { kind, address, port } }) => kind === 'local' && !isTyped(address, port))?.frontend
    .address;
}

/** The objects of a Service that are others than they were, and those that are gone. */
function addObjects(
  { service, slices, before }: ServiceVersion,
  line: Pick<ChangeLine, 'apply' | 'delete'>,
  host: string | undefined,
): void {
  if (service && service !== before?.service) line.apply.push(entryOf(service, host));
  const known = new Set(before?.slices);
  for (const slice of slices) if (!known.has(slice)) line.apply.push(entryOf(slice));
  if (!service && before?.service) line.delete.push(deletionOf(before.service));
  const names = new Set(slices.map(identityOf));
  for (const slice of known) if (!names.has(identityOf(slice))) line.delete.push(deletionOf(slice));
}

function identityOf({ name, addressType }: EndpointSlice): string {
  return `${name} ${addressType}`;
}

function deletionOf(object: Service | EndpointSlice): RecordedDeletion {
  const { kind, namespace, name } = object;
  return { kind, namespace, name, ...(object.kind === 'EndpointSlice' && { addressType: object.addressType }) };
}
