/**
 * The one interface between the control plane and where objects come from.
 *
 * A source lists, then follows. It calls its sink from the event loop, never re-entrantly; a batch that belongs
 * together (a relist) is delivered in one synchronous run. It never throws into the sink's owner: what goes wrong is
 * reported, retried, and visible in `status()`.
 */

import type { EndpointSlice } from './endpoint-slice.ts';
import type { Node } from './node.ts';
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';

export type ApiObject = Service | EndpointSlice | Node;
export type WatchedKind = ApiObject['kind'];

/** What a source tells: objects, decoded; and when a kind has been listed whole for the first time. */
export interface SourceSink {
  /** A new or changed object; re-delivery of an equal one is allowed. */
  apply(object: ApiObject): void;
  /** `namespace` is "" for a Node. Deleting what is unknown is allowed. */
  delete(kind: WatchedKind, namespace: string, name: string): void;
  /** The first complete list of this kind has been delivered. Called once per kind. */
  listed(kind: WatchedKind): void;
  /** An object (or a manifest file) that was skipped, or parts of it. Serving goes on. */
  rejected(rejection: Rejection): void;
}

/** An object that lost some or all of itself. `skipped` = the whole of it. `where` is a file and line for manifests. */
export interface Rejection {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly skipped: boolean;
  readonly problems: readonly Problem[];
  readonly where?: string;
}

/** A source of objects. `start` returns at once and is called once; `close` is idempotent. */
export interface Source {
  /** The kinds that must be listed before the first table is built. */
  readonly kinds: readonly WatchedKind[];
  start(sink: SourceSink): void;
  status(): SourceStatus;
  close(): Promise<void>;
}

/** What a source knows of itself. Times are ms since the epoch; `undefined` = never. */
export interface SourceStatus {
  readonly type: 'kubernetes' | 'manifests';
  /** For people: `context kind-dev, https://…` or `manifests config/demo`. */
  readonly description: string;
  readonly resources: readonly ResourceStatus[];
}

/** One watched kind. `state` `stale` = the last good state is served while the source is away. */
export interface ResourceStatus {
  readonly kind: WatchedKind;
  readonly state: 'listing' | 'synced' | 'stale';
  readonly resourceVersion: string;
  /** The last proof that what we have is current: an event, a bookmark, or a list. */
  readonly lastContactMs: number | undefined;
  readonly objects: number;
  readonly relists: number;
  readonly restarts: number;
  /** One line, the last error while not in order; `undefined` when in order. `code` is an ErrorCode. */
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | undefined;
}
