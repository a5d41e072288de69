/**
 * The lanes of a forward while it runs: those that were named stay, those of chosen Services and of own addresses come and go.
 *
 *   table, chosen Services ──▶ lanes that are wanted ──▶ local ports ──▶ configuration of the daemon ──▶ table: told of
 */

import type { Config } from '../../config/config.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Coalescer, createCoalescer } from '../../lib/coalesce.ts';
import { formatHostPort } from '../../model/address.ts';
import type { LaneTarget, RoutingTable } from '../../model/route.ts';
import { serviceKey } from '../../model/service.ts';
import { channels } from '../../observability/channels.ts';
import { type BoundLane, laneText, servicePortOf } from './bound-lane.ts';
import { hostRange, withLanes } from './forward-config.ts';
import type { ForwardRequest } from './forward-options.ts';
import { bindLane, chosenTarget, type ForwardPlan } from './forward-plan.ts';
import { hostLanes } from './host-lanes.ts';
import type { LanePlan } from './plan-lanes.ts';

/** What lanes are kept with. The daemon is started, and `lanes` are those that it has. */
export interface LaneKeeperOptions {
  readonly request: ForwardRequest;
  readonly plan: ForwardPlan;
  readonly config: Config;
  readonly daemon: Pick<Daemon, 'table' | 'reload'>;
  readonly lanes: readonly BoundLane[];
  readonly clock: Clock;
}

/** Who hears of lanes. */
export interface LaneListener {
  /** These accept clients. */
  added(lanes: readonly BoundLane[]): void;
  removed(lanes: readonly BoundLane[]): void;
  /** There is no local port for one. */
  failed(error: unknown): void;
}

/** A burst of Services is one change of the configuration. */
const MIN_GAP_MS = 100;

/** Keeps them until `close`. */
export class LaneKeeper {
  readonly #options: LaneKeeperOptions;
  readonly #fixed: readonly BoundLane[];
  readonly #fixedServices: ReadonlySet<string>;
  readonly #chosen = new Map<string, BoundLane>();
  /** Local ports of lanes that went, for when they come back. */
  readonly #former = new Map<string, number>();
  readonly #changes: Coalescer;
  #told = new Map<string, BoundLane>();
  #listener: LaneListener | undefined;

  constructor(options: LaneKeeperOptions) {
    const { plan, lanes, clock } = options;
    this.#options = options;
    const chosen = new Set(plan.planned.flatMap(({ isChosen, lanes: plans }) => (isChosen ? plans.map(keyOf) : [])));
    this.#fixed = lanes.filter((lane) => !chosen.has(keyOf(lane.plan)));
    this.#fixedServices = new Set(
      this.#fixed.map(({ plan: { namespace, service } }) => serviceKey(namespace, service)),
    );
    for (const lane of lanes) if (chosen.has(keyOf(lane.plan))) this.#chosen.set(keyOf(lane.plan), lane);
    this.#changes = createCoalescer({ clock, minGapMs: MIN_GAP_MS, run: () => this.#follow() });
  }

  /** Those that there are: a lane of a Service that is gone is none, though its port may be open for a moment yet. */
  lanes(): readonly BoundLane[] {
    const table = this.#options.daemon.table();
    const chosen = [...this.#chosen.values()].filter(({ plan: { namespace, service } }) =>
      table.services.has(serviceKey(namespace, service)),
    );
    const hosts = this.#options.request.hasHosts ? hostLanes(table, hostRange()) : [];
    return [...this.#fixed, ...chosen, ...hosts];
  }

  /** Follows from here on; the lanes that there are count as told of. */
  follow(listener: LaneListener): void {
    this.#listener = listener;
    this.#told = new Map(this.lanes().map((lane) => [placeOf(lane), lane]));
    const { chosen } = this.#options.plan;
    if (chosen) chosen.onChange = this.#request;
    channels.sync.subscribe(this.#request);
    this.#changes.request();
  }

  async close(): Promise<void> {
    const { chosen } = this.#options.plan;
    channels.sync.unsubscribe(this.#request);
    if (chosen) chosen.onChange = () => undefined;
    await this.#changes.close();
  }

  readonly #request = (): void => this.#changes.request();

  async #follow(): Promise<void> {
    if (await this.#settle()) {
      const { daemon, config } = this.#options;
      daemon.reload(withLanes(config, [...this.#fixed, ...this.#chosen.values()]));
    }
    this.#tell();
  }

  /** Makes the chosen lanes those that are wanted; `false` = they were. */
  async #settle(): Promise<boolean> {
    const wanted = this.#wanted();
    const gone = [...this.#chosen].filter(([key]) => !wanted.has(key));
    for (const [key, { localPort }] of gone) {
      this.#former.set(key, localPort);
      this.#chosen.delete(key);
    }
    const fresh = [...wanted].filter(([key]) => !this.#chosen.has(key));
    const taken = new Set(
      this.lanes().flatMap((lane) => lane.addresses.map((at) => formatHostPort(at, lane.localPort))),
    );
    let isChanged = gone.length > 0;
    for (const [key, plan] of fresh) {
      const lane = await this.#bind(key, plan, taken);
      if (lane) this.#chosen.set(key, lane);
      isChanged ||= lane !== undefined;
    }
    return isChanged;
  }

  /** At the port that it had, where that is free. What fails is tried again with the next change. */
  async #bind(key: string, plan: LanePlan, taken: Set<string>): Promise<BoundLane | undefined> {
    const { request } = this.#options;
    for (const local of [this.#former.get(key) ?? 0, 0]) {
      try {
        return await bindLane({ ...plan, local }, request, taken);
      } catch (error) {
        if (local === 0) this.#listener?.failed(error);
      }
    }
    return undefined;
  }

  #wanted(): ReadonlyMap<string, LanePlan> {
    const { chosen } = this.#options.plan;
    const wanted = new Map<string, LanePlan>();
    if (!chosen) return wanted;
    for (const { key, service } of this.#options.daemon.table().services.values()) {
      const target = chosen.has(key) && !this.#fixedServices.has(key) ? chosenTarget(service) : undefined;
      for (const plan of target?.lanes ?? []) wanted.set(keyOf(plan), plan);
    }
    return wanted;
  }

  /** A lane counts once the table has it, for by then it accepts, and until the table has it no more, for by then it is closed. */
  #tell(): void {
    const table = this.#options.daemon.table();
    const open = this.lanes().filter((lane) => this.#told.has(placeOf(lane)) || servicePortOf(lane, table));
    const before = this.#told;
    const closing = [...before.values()].filter((lane) => isInTable(lane, table));
    this.#told = new Map([...closing, ...open].map((lane) => [placeOf(lane), lane]));
    const added = open.filter((lane) => !before.has(placeOf(lane)));
    const removed = [...before].filter(([place]) => !this.#told.has(place)).map(([, lane]) => lane);
    if (removed.length > 0) this.#listener?.removed(removed);
    if (added.length > 0) this.#listener?.added(added);
  }
}

function keyOf({ namespace, service, port, protocol }: LanePlan): string {
  return `${serviceKey(namespace, service)}:${port}/${protocol}`;
}

function isInTable({ plan, addresses, localPort }: BoundLane, { services, node }: RoutingTable): boolean {
  const { namespace, service, protocol } = plan;
  const isIt = (lane: LaneTarget): boolean =>
    lane.protocol === protocol && lane.localPort === localPort && addresses.includes(lane.address);
  return services.has(serviceKey(namespace, service)) && node.lanes.some(isIt);
}

function placeOf(lane: BoundLane): string {
  return `${laneText(lane)} ${lane.addresses[0]} ${lane.localPort}`;
}
