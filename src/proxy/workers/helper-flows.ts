/**
 * Helper flows: the live flows of one helper, in main's books.
 */

import type { Endpoint } from '../../model/endpoint.ts';
import type { FlowEndCause } from '../../model/flow.ts';
import type { Route } from '../../model/route.ts';
import type { UdpFlowRow } from '../../model/soft-state.ts';
import { channels } from '../../observability/channels.ts';
import { HelperFlow } from './helper-flow.ts';
import type { FlowRecord } from './worker-messages.ts';

export interface HelperFlowsOptions {
  /** The route that was sent to the helper under this number. */
  readonly routeOf: (id: number) => Route | undefined;
  /** The route of a frontend that is in force. */
  readonly currentRoute: (frontendKey: string) => Route | undefined;
  /** A UDP flow began of which others would have liked to know before. */
  readonly begunLate: (flow: UdpFlowRow) => void;
  /** Whether the helper is to serve the frontend. */
  readonly serves: (frontendKey: string) => boolean;
}

/** The books of one helper. */
export class HelperFlows {
  readonly #options: HelperFlowsOptions;
  readonly #flows = new Map<string, HelperFlow>();
  readonly #connections = new Map<string, number>();
  #udp = 0;

  constructor(options: HelperFlowsOptions) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#flows.has(id);
  }

  values(): Iterable<HelperFlow> {
    return this.#flows.values();
  }

  /** How many UDP flows live. */
  get udp(): number {
    return this.#udp;
  }

  /** Flows of one frontend. */
  connections(frontendKey: string): number {
    return this.#connections.get(frontendKey) ?? 0;
  }

  /** The UDP flows of these frontends, or of all, as others are told of them. */
  *udpRows(frontendKeys?: ReadonlySet<string>): Iterable<UdpFlowRow> {
    if (this.#udp === 0) return;
    for (const flow of this.#flows.values()) {
      if (frontendKeys?.has(flow.route.frontend.key) !== false) yield* udpRowOf(flow);
    }
  }

  /** Takes up records, in their order. */
  take(records: readonly FlowRecord[]): void {
    for (const record of records) {
      const flow = this.#flows.get(record[0]) ?? this.#begin(record);
      if (flow === undefined) continue;
      flow.follow(record, this.#bearings);
      if (flow.end !== undefined) this.#forget(flow);
    }
  }

  /** A datagram that a helper did not forward. */
  dropped(frontendKey: string, reason: string): void {
    const frontend = this.#options.currentRoute(frontendKey)?.frontend;
    if (frontend === undefined || !channels.datagramDropped.hasSubscribers) return;
    channels.datagramDropped.publish({ frontend, reason });
  }

  /** The helper is gone, and its flows with it: `worker-lost` where it died, `destroyed` where it was ended. */
  endAll(cause: FlowEndCause, endedAtMs: number): void {
    for (const flow of [...this.#flows.values()]) {
      flow.finish({ cause }, endedAtMs);
      this.#forget(flow);
    }
  }

  #begin(record: FlowRecord): HelperFlow | undefined {
    const route = this.#options.routeOf(record[1]);
    if (route === undefined) return undefined;
    const flow = new HelperFlow(record, route);
    this.#flows.set(flow.id, flow);
    this.#count(flow, 1);
    flow.begin(record, this.#bearings);
    if (!this.#options.serves(route.frontend.key)) for (const row of udpRowOf(flow)) this.#options.begunLate(row);
    return flow;
  }

  #forget(flow: HelperFlow): void {
    if (this.#flows.delete(flow.id)) this.#count(flow, -1);
  }

  #count({ protocol, route: { frontend } }: HelperFlow, by: number): void {
    if (protocol === 'UDP') this.#udp += by;
    const count = (this.#connections.get(frontend.key) ?? 0) + by;
    if (count > 0) this.#connections.set(frontend.key, count);
    else this.#connections.delete(frontend.key);
  }

  readonly #bearings = {
    endpointOf: (route: Route, key: string): Endpoint | undefined => {
      if (key === '') return undefined;
      const known = endpointAt(route, key);
      if (known !== undefined) return known;
      const current = this.#options.currentRoute(route.frontend.key);
      return current && endpointAt(current, key);
    },
  };
}

/** None, where it is no UDP flow. */
function udpRowOf({
  protocol,
  route,
  peerAddress: address,
  clientPort: port,
  endpoint,
}: HelperFlow): readonly UdpFlowRow[] {
  if (protocol !== 'UDP' || endpoint === undefined) return [];
  return [{ frontend: route.frontend.key, address, port, endpoint: endpoint.key }];
}

/** By halving: they are sorted by key. */
function endpointAt({ servicePort: { endpoints } }: Route, key: string): Endpoint | undefined {
  let [from, to] = [0, endpoints.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((endpoints[middle]?.key ?? '') < key) from = middle + 1;
    else to = middle;
  }
  const found = endpoints[from];
  return found?.key === key ? found : endpoints.find((endpoint) => endpoint.key === key);
}
