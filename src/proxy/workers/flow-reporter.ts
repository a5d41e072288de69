/**
 * Flow reporter: tells main what the flows of this helper do, as the state that each has by then.
 *
 *   channels ──▶ flows that something happened to ──▶ records ── every FLUSH_MS, or when there are many ──▶ main
 *
 * A flow that begins, connects and ends between two messages is one record. Bytes of flows that live are told once a second,
 * and when main asks.
 */

import type { Flow } from '../../model/flow.ts';
import type { Route } from '../../model/route.ts';
import { channels, type TypedChannel } from '../../observability/channels.ts';
import type { FlowRecord, FromHelper } from './worker-messages.ts';

const FLUSH_MS = 20;
const MAX_RECORDS = 256;
const VOLUME_MS = 1_000;
/** A flood of datagrams that cannot be forwarded is told of in part. */
const MAX_DROPPED = 1_000;

export interface FlowReporterOptions {
  readonly post: (message: FromHelper) => void;
  /** The number by which main knows a route. */
  readonly routeId: (route: Route) => number;
}

/** A flow that lives, and the bytes that main knows of. */
interface Told {
  bytes: number;
}

/** Reports from its making to `close`. */
export class FlowReporter {
  readonly #options: FlowReporterOptions;
  readonly #live = new Map<Flow, Told>();
  readonly #endedAtMs = new Map<Flow, number>();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #volumes: NodeJS.Timeout;
  #touched = new Set<Flow>();
  #dropped: [frontend: string, reason: string][] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FlowReporterOptions) {
    this.#options = options;
    this.#unsubscribe = [
      follow(channels.flowOpened, (flow) => {
        this.#live.set(flow, { bytes: 0 });
        this.#touch(flow);
      }),
      follow(channels.flowConnected, (flow) => this.#touch(flow)),
      follow(channels.dialFailed, ({ flow }) => this.#touch(flow)),
      follow(channels.flowEnded, (flow) => {
        this.#live.delete(flow);
        this.#endedAtMs.set(flow, Date.now());
        this.#touch(flow);
      }),
      follow(channels.datagramDropped, ({ frontend, reason }) => this.#drop(frontend.key, reason)),
      follow(channels.listenerFailed, ({ error: { message }, retryInMs }) =>
        options.post({ type: 'not-listening', message, retryInMs }),
      ),
      follow(channels.acceptPaused, ({ paused, errno }) => options.post({ type: 'paused', paused, errno })),
    ];
    this.#volumes = setInterval(() => this.tellVolumes(), VOLUME_MS).unref();
  }

  /** Tells what every flow that lives has moved by now. */
  tellVolumes(): void {
    for (const [flow, told] of this.#live) {
      const bytes = flow.bytesIn + flow.bytesOut;
      if (bytes === told.bytes) continue;
      told.bytes = bytes;
      this.#touched.add(flow);
    }
    this.flush();
  }

  /** Tells at once what has happened so far. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#touched.size === 0 && this.#dropped.length === 0) return;
    const records = [...this.#touched].map((flow) => this.#record(flow));
    const dropped = this.#dropped;
    this.#touched = new Set();
    this.#endedAtMs.clear();
    this.#dropped = [];
    this.#options.post({ type: 'flows', records, dropped });
  }

  close(): void {
    for (const end of this.#unsubscribe) end();
    clearInterval(this.#volumes);
    this.flush();
  }

  #touch(flow: Flow): void {
    this.#touched.add(flow);
    if (this.#touched.size >= MAX_RECORDS) this.flush();
    else this.#flushSoon();
  }

  #drop(frontend: string, reason: string): void {
    if (this.#dropped.length < MAX_DROPPED) this.#dropped.push([frontend, reason]);
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  #record(flow: Flow): FlowRecord {
    return [
      flow.id,
      this.#options.routeId(flow.route),
      'peerAddress' in flow && typeof flow.peerAddress === 'string' ? flow.peerAddress : flow.clientAddress,
      flow.clientPort,
      flow.openedAtMs,
      flow.endpoint?.key ?? '',
      flow.why ?? '',
      flow.failedTries,
      flow.connectMs ?? -1,
      flow.bytesIn,
      flow.bytesOut,
      flow.datagramsIn ?? 0,
      flow.datagramsOut ?? 0,
      flow.headerBytes ?? 0,
      flow.end,
      this.#endedAtMs.get(flow) ?? -1,
    ];
  }
}

function follow<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
