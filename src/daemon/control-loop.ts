/**
 * The control loop: objects in, one table after the other out.
 *
 *   source ──▶ sink ──▶ cluster state ──▶ coalescer ──▶ buildInSteps ──▶ diffTables ──▶ apply (listeners) ──▶ channels.sync
 *
 * The first table is built when every watched kind has been listed once. A table is current when its listeners are.
 */

import type { Clock } from '../lib/clock.ts';
import { createCoalescer } from '../lib/coalesce.ts';
import { inSteps } from '../lib/in-steps.ts';
import type { NodeContext, RoutingTable, TableDiff } from '../model/route.ts';
import type { SourceSink, WatchedKind } from '../model/source.ts';
import { channels } from '../observability/channels.ts';
import type { ClusterState, Dirty } from '../routing/cluster-state.ts';
import { diffTables } from '../routing/diff.ts';
import { buildInSteps, emptyTable } from '../routing/table.ts';

/** Two syncs start at least this far apart, so that a burst of changes is one table. */
const MIN_SYNC_GAP_MS = 5;
/** A sync that failed is tried again after this. */
const RETRY_MS = 1_000;

export interface ControlLoopOptions {
  readonly kinds: readonly WatchedKind[];
  readonly clock: Clock;
  readonly state: ClusterState;
  /** What the next table is built with; the same object as long as nothing changed. */
  readonly nodeContext: () => NodeContext;
  /** The generation of a table that was in force in an earlier life; the first table comes after it. 0 = there was none. */
  readonly lastGeneration?: number;
  /** Puts a table in force. A rejection leaves the table as it was, and is tried again. */
  readonly apply: (diff: TableDiff, table: RoutingTable) => Promise<void>;
  /** A sync failed: a bug of ours, or a fault of the machine. */
  readonly onError: (error: unknown) => void;
}

export interface ControlLoop {
  readonly sink: SourceSink;
  /** Resolves when the first table is in force. */
  readonly firstSync: Promise<void>;
  /** The table in force. */
  table(): RoutingTable;
  /** Every watched kind has been listed. */
  listed(): boolean;
  /** The node context changed: build anew. */
  rebuild(): void;
  /** No table follows any more; resolves when the sync under way has ended. */
  close(): Promise<void>;
}

/** Creates the loop; nothing happens before its sink is called. */
export function createControlLoop(options: ControlLoopOptions): ControlLoop {
  const { clock, state } = options;
  const missing = new Set(options.kinds);
  const firstSync = Promise.withResolvers<void>();
  const coalescer = createCoalescer({ clock, minGapMs: MIN_SYNC_GAP_MS, run: sync });
  let table = emptyTable(options.nodeContext());
  let failed: ReadonlySet<string> = new Set();
  let waiting = false;

  async function sync(): Promise<void> {
    const startedMs = clock.monotonic();
    const changes = state.takeDirty();
    const dirty = failed.size === 0 ? changes.services : changes.services.union(failed);
    waiting = false;
    try {
      const next = follow(await inSteps(buildInSteps(table, state.snapshot(), dirty, options.nodeContext())));
      const diff = diffTables(table, next);
      await options.apply(diff, next);
      table = next;
      failed = new Set();
      publish(changes, diff, clock.monotonic() - startedMs);
      firstSync.resolve();
    } catch (error) {
      failed = dirty;
      options.onError(error);
      clock.setTimer(request, RETRY_MS);
    }
  }

  function follow(next: RoutingTable): RoutingTable {
    if (table.generation > 0) return next;
    return { ...next, generation: next.generation + (options.lastGeneration ?? 0) };
  }

  function publish(
    { serviceChanges, endpointChanges, triggerTimes }: Dirty,
    diff: TableDiff,
    durationMs: number,
  ): void {
    const triggerTimesMs = [...triggerTimes.values()].flat();
    channels.sync.publish({ table, diff, durationMs, serviceChanges, endpointChanges, triggerTimesMs });
  }

  function request(): void {
    if (!waiting) {
      waiting = true;
      channels.queued.publish({ atMs: clock.now() });
    }
    if (missing.size === 0) coalescer.request();
  }

  return {
    firstSync: firstSync.promise,
    table: () => table,
    listed: () => missing.size === 0,
    rebuild: request,
    close: () => coalescer.close(),
    sink: {
      apply(object) {
        if (state.apply(object)) request();
      },
      delete(kind, namespace, name) {
        if (state.delete(kind, namespace, name)) request();
      },
      listed(kind) {
        missing.delete(kind);
        if (missing.size === 0) request();
      },
      rejected: (rejection) => channels.rejected.publish(rejection),
    },
  };
}
