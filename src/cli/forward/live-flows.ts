/**
 * The flows that live, and what they moved: told by the channels, so that nobody has to be asked.
 */

import type { Flow } from '../../model/flow.ts';
import { channels } from '../../observability/channels.ts';

/** What went through one Service so far. */
export interface ServiceTraffic {
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

interface Ended {
  bytesIn: number;
  bytesOut: number;
}

/** Follows from its making until `close`. */
export class LiveFlows {
  readonly #live = new Set<Flow>();
  readonly #ended = new Map<string, Ended>();
  readonly #onOpened = (flow: Flow): void => void this.#live.add(flow);
  readonly #onEnded = (flow: Flow): void => this.#end(flow);

  constructor() {
    channels.flowOpened.subscribe(this.#onOpened);
    channels.flowEnded.subscribe(this.#onEnded);
  }

  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  /** How many flows an endpoint of a Service port has. */
  countAt(servicePortKey: string, endpointKey: string): number {
    let count = 0;
    for (const { route, endpoint } of this.#live) {
      if (endpoint?.key === endpointKey && route.servicePort.key === servicePortKey) count += 1;
    }
    return count;
  }

  /** Of one Service port, by its key. */
  trafficOf(servicePortKey: string): ServiceTraffic {
    const sum = { connections: 0, bytesIn: 0, bytesOut: 0, ...this.#ended.get(servicePortKey) };
    for (const flow of this.#live) {
      if (flow.route.servicePort.key !== servicePortKey) continue;
      sum.connections += 1;
      sum.bytesIn += flow.bytesIn;
      sum.bytesOut += flow.bytesOut;
    }
    return sum;
  }

  close(): void {
    channels.flowOpened.unsubscribe(this.#onOpened);
    channels.flowEnded.unsubscribe(this.#onEnded);
  }

  #end(flow: Flow): void {
    this.#live.delete(flow);
    const { key } = flow.route.servicePort;
    const sum = this.#ended.get(key) ?? { bytesIn: 0, bytesOut: 0 };
    sum.bytesIn += flow.bytesIn;
    sum.bytesOut += flow.bytesOut;
    this.#ended.set(key, sum);
  }
}
