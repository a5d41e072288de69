/**
 * Health by lateness: is what was asked for in force soon enough?
 *
 *   queued ──▶ late after healthTimeoutMs ──▶ unhealthy ──▶ updated ──▶ healthy
 *
 * Idle is healthy, however long. A family that never completed a sync is not judged: a proxy that starts is healthy.
 * Pure: the clock is injected, answers are values.
 *
 * Source: kube-proxy's /healthz and /livez on healthzBindAddress; KEP-3836 for the node part.
 */

import type { Clock } from '../lib/clock.ts';
import type { IpFamily } from '../model/address.ts';
import type { Node } from '../model/node.ts';

/** Two sync periods of kube-proxy. */
export const HEALTH_TIMEOUT_MS = 60_000;

/** The taint by which the cluster autoscaler announces that the Node will go. */
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';

/** What a source says of the age of its data. `ageSeconds` `undefined` = nothing was ever heard. */
export interface WatchAge {
  readonly ageSeconds: number | undefined;
  readonly stale: boolean;
}

/** One family's part. `lastUpdated` is RFC 3339. */
interface FamilyHealth {
  readonly lastUpdated: string;
  readonly healthy: boolean;
}

/** The JSON body of /healthz, and without `nodeEligible` of /livez. `healthy` is the sync part alone. */
export interface HealthBody {
  /** `null` = never, on a 503 only; on a 200 it is `currentTime`. */
  readonly lastUpdated: string | null;
  readonly currentTime: string;
  readonly nodeEligible?: boolean;
  readonly healthy: boolean;
  readonly status: Readonly<Partial<Record<IpFamily, FamilyHealth>>>;
  /** Seconds since the last proof that what we have is current; `null` = never. */
  readonly watchAge: number | null;
  readonly stale: boolean;
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: HealthBody;
}

interface FamilyState {
  queuedAt: number | undefined;
  updatedAtMs: number | undefined;
}

export interface ProxyHealthOptions {
  readonly clock: Clock;
  readonly healthTimeoutMs?: number;
  /** The default says: known, not stale. */
  readonly watchAge?: () => WatchAge;
}

/** Tracks whether syncs keep up, and whether the Node should get new connections. */
export class ProxyHealth {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #watchAge: () => WatchAge;
  readonly #families = new Map<IpFamily, FamilyState>();
  #nodeEligible = true;

  constructor({ clock, healthTimeoutMs = HEALTH_TIMEOUT_MS, watchAge }: ProxyHealthOptions) {
    this.#clock = clock;
    this.#timeoutMs = healthTimeoutMs;
    this.#watchAge = watchAge ?? (() => ({ ageSeconds: 0, stale: false }));
  }

  /** A change of this family waits for a sync. The oldest one counts until `updated`. */
  queued(family: IpFamily): void {
    this.#family(family).queuedAt ??= this.#clock.monotonic();
  }

  /** A sync of this family is complete. */
  updated(family: IpFamily): void {
    const state = this.#family(family);
    state.queuedAt = undefined;
    state.updatedAtMs = this.#clock.now();
  }

  /** The own Node changed; `undefined` = it was deleted. Until the first call the Node is eligible. */
  nodeChanged(node: Pick<Node, 'taintKeys' | 'deleting'> | undefined): void {
    this.#nodeEligible = node !== undefined && !node.deleting && !node.taintKeys.includes(TO_BE_DELETED);
  }

  /** Whether every family that ever synced keeps up: what healthCheckNodePort servers report. */
  get isHealthy(): boolean {
    for (const state of this.#families.values()) if (!this.#keepsUp(state)) return false;
    return true;
  }

  /** Node part included. With `strict`, a stale watch is a 503 too: for alerts, not for load balancers. */
  healthz({ strict = false }: { readonly strict?: boolean } = {}): HealthAnswer {
    const body = this.#body();
    const ok = body.healthy && this.#nodeEligible && !(strict && body.stale);
    const { lastUpdated, currentTime, ...rest } = body;
    const judged = {
      lastUpdated: ok ? currentTime : lastUpdated,
      currentTime,
      nodeEligible: this.#nodeEligible,
      ...rest,
    };
    return { status: ok ? 200 : 503, body: judged };
  }

  /** Without the node part: a Node that is drained must not have its proxy restarted. `alive`: what else was checked. */
  livez({ alive = true }: { readonly alive?: boolean } = {}): HealthAnswer {
    const body = this.#body();
    const ok = body.healthy && alive;
    return { status: ok ? 200 : 503, body: ok ? { ...body, lastUpdated: body.currentTime } : body };
  }

  #body(): HealthBody {
    const { ageSeconds, stale } = this.#watchAge();
    const times = [...this.#families.values()].flatMap(({ updatedAtMs }) => updatedAtMs ?? []);
    return {
      lastUpdated: times.length > 0 ? timeOf(Math.max(...times)) : null,
      currentTime: timeOf(this.#clock.now()),
      healthy: this.isHealthy,
      status: this.#status(),
      watchAge: ageSeconds ?? null,
      stale,
    };
  }

  #status(): HealthBody['status'] {
    const status: Partial<Record<IpFamily, FamilyHealth>> = {};
    for (const [family, state] of this.#families) {
      if (state.updatedAtMs === undefined) continue;
      status[family] = { lastUpdated: timeOf(state.updatedAtMs), healthy: this.#keepsUp(state) };
    }
    return status;
  }

  #keepsUp({ queuedAt, updatedAtMs }: FamilyState): boolean {
    if (updatedAtMs === undefined || queuedAt === undefined) return true;
    return this.#clock.monotonic() - queuedAt < this.#timeoutMs;
  }

  #family(family: IpFamily): FamilyState {
    const known = this.#families.get(family);
    if (known) return known;
    const state: FamilyState = { queuedAt: undefined, updatedAtMs: undefined };
    this.#families.set(family, state);
    return state;
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
