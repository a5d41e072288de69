/**
 * The control loop: objects in, one table after the other out.
 *
 *   source ──▶ sink ──▶ cluster state ──▶ coalescer ──▶ buildInSteps ──▶ diffTables ──▶ apply (listeners) ──▶ channels.sync
 *
 * The first table is built when every watched kind has been listed once. A table is current when its listeners are.
 */

import type { Clock } from '../lib/clock.ts';
import { createCoalescer } from '../lib/coalesce.ts';
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
      const next = await inSteps(buildInSteps(table, state.snapshot(), dirty, options.nodeContext()));
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

/** Runs a computation to its end, with a turn of the event loop between its steps. */
async function inSteps<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
