/**
 * Passive ejection: an endpoint to which dials fail in a row is left out for a time, and the time doubles until a dial
 * succeeds.
 *
 *   fine ──consecutiveFailures──▶ ejected for base × 2^n, at most max ──time──▶ on trial ──one failure──▶ ejected, n + 1
 *    ▲                               └── a dial succeeds ──┐                       └── a dial succeeds ──┐
 *    └─────────────────────────────────────────────────────┴─────────────────────────────────────────────┘
 *
 * Of each set of eligible endpoints at most `maxPercent` is left out; of more that are ejected those whose time is over
 * first are used all the same, which is called suspended. Only endpoints that failed are remembered.
 */

import type { Clock } from '../lib/clock.ts';
import type { Ejection, RestoreReason, Suspension } from '../model/ejection.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort } from '../model/route.ts';
import type { SuspectRow } from '../model/soft-state.ts';
import { capEjections, type EjectionShare } from './ejection-cap.ts';
import { forget, type PortState, type Suspect, suspectOf } from './ejection-suspects.ts';
import type { ServicePortChange } from './picker.ts';

/** `consecutiveFailures` 0 = nothing is ejected. */
export interface EjectionSettings {
  readonly consecutiveFailures: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly maxPercent: number;
}

/** Told of what happens, as it happens. */
export interface EjectionEvents {
  ejected(ejection: Ejection): void;
  restored(servicePort: ServicePort, endpoint: Endpoint, why: RestoreReason): void;
  /** Told when it begins. */
  suspended(suspension: Suspension): void;
}

/** What ejections are made from. The functions are asked each time. */
export interface EjectionOptions {
  readonly clock: Clock;
  readonly settings: () => EjectionSettings;
  /** The ServicePort of the current table; `undefined` = it is gone. */
  readonly servicePort: (key: string) => ServicePort | undefined;
  /** Endpoints that get no flows for another reason: they do not count as eligible. */
  readonly quarantined: (servicePortKey: string) => ReadonlySet<string> | undefined;
  readonly events: EjectionEvents;
}

/** The ejections of all ServicePorts. `close` stops the timers. */
export class Ejections {
  readonly #options: EjectionOptions;
  readonly #ports = new Map<string, PortState>();

  constructor(options: EjectionOptions) {
    this.#options = options;
  }

  /** Keys of the endpoints to leave out of `eligible`; `undefined` = none. */
  of(servicePortKey: string, eligible: readonly Endpoint[]): ReadonlySet<string> | undefined {
    if (this.#ports.size === 0) return undefined;
    const port = this.#ports.get(servicePortKey);
    return port && (port.avoided.get(eligible) ?? this.#share(port, eligible).avoided);
  }

  /** A dial failed for what is the endpoint's fault. One that is ejected already, and was tried for want of others, stays so. */
  failed(servicePortKey: string, endpointKey: string, cause: string): void {
    const { consecutiveFailures } = this.#options.settings();
    if (consecutiveFailures === 0) return;
    const servicePort = this.#options.servicePort(servicePortKey);
    const endpoint = servicePort?.endpoints.find(({ key }) => key === endpointKey);
    if (servicePort === undefined || endpoint === undefined) return;
    const port = this.#portOf(servicePort);
    const suspect = suspectOf(port, endpoint);
    suspect.cause = cause;
    if (suspect.timer !== undefined) return;
    suspect.failures += 1;
    if (suspect.failures >= consecutiveFailures) this.#eject(port, suspect);
    this.#review(port);
  }

  /** A dial succeeded: the endpoint is as good as any. */
  succeeded(servicePortKey: string, endpointKey: string): void {
    if (this.#ports.size > 0) this.#clear(servicePortKey, endpointKey, 'success');
  }

  /** By hand. Whether it was ejected. */
  restore(servicePortKey: string, endpointKey: string): boolean {
    return this.#clear(servicePortKey, endpointKey, 'operator');
  }

  /** Follows a new table: forgets the endpoints that are gone, and looks anew who may be left out. */
  sync(changes: readonly ServicePortChange[]): void {
    if (this.#ports.size === 0) return;
    for (const { before, after } of changes) {
      const port = this.#ports.get((after ?? before)?.key ?? '');
      if (port === undefined) continue;
      const endpoints = new Map(after?.endpoints.map((endpoint) => [endpoint.key, endpoint]));
      if (after !== undefined) port.servicePort = after;
      for (const [key, suspect] of port.suspects) {
        const endpoint = endpoints.get(key);
        if (endpoint === undefined) forget(port, key);
        else suspect.endpoint = endpoint;
      }
      this.#review(port);
    }
  }

  /** Looks anew who may be left out: the quarantine of a ServicePort changed. */
  review(servicePortKey: string): void {
    const port = this.#ports.get(servicePortKey);
    if (port) this.#review(port);
  }

  /** Follows new settings. Times that run go on; turned off, all are restored. */
  settingsChanged(): void {
    const isOff = this.#options.settings().consecutiveFailures === 0;
    for (const port of [...this.#ports.values()]) {
      if (isOff) for (const key of [...port.suspects.keys()]) this.#clear(port.servicePort.key, key, 'off');
      else this.#review(port);
    }
  }

  /** Those that are ejected, by ServicePort. */
  *list(): IterableIterator<Ejection> {
    for (const { servicePort, suspects } of this.#ports.values()) {
      for (const suspect of suspects.values()) if (suspect.timer) yield this.#describe(servicePort, suspect);
    }
  }

  /** Every endpoint that failed lately, ejected or not. */
  *rows(): IterableIterator<SuspectRow> {
    for (const { servicePort, suspects } of this.#ports.values()) {
      for (const suspect of suspects.values()) {
        const { endpoint, cause, failures, times, forMs, leftMs } = this.#describe(servicePort, suspect);
        const row = { servicePort: servicePort.key, endpoint: endpoint.key, cause, failures, times, forMs };
        yield { ...row, leftMs: suspect.timer === undefined ? 0 : leftMs };
      }
    }
  }

  /** Goes on where a predecessor was. What the table does not have is left out. */
  inherit(rows: readonly SuspectRow[]): void {
    if (this.#options.settings().consecutiveFailures === 0) return;
    for (const { servicePort: key, endpoint: endpointKey, leftMs, ...facts } of rows) {
      const servicePort = this.#options.servicePort(key);
      const endpoint = servicePort?.endpoints.find((one) => one.key === endpointKey);
      if (servicePort === undefined || endpoint === undefined) continue;
      const port = this.#portOf(servicePort);
      const suspect = Object.assign(suspectOf(port, endpoint), facts);
      if (leftMs > 0) this.#leaveOut(port, suspect, leftMs);
      this.#review(port);
    }
  }

  close(): void {
    for (const port of this.#ports.values()) for (const key of port.suspects.keys()) forget(port, key);
    this.#ports.clear();
  }

  #portOf(servicePort: ServicePort): PortState {
    const known = this.#ports.get(servicePort.key);
    if (known) return known;
    const port: PortState = { servicePort, suspects: new Map(), avoided: new Map(), isSuspended: false };
    this.#ports.set(servicePort.key, port);
    return port;
  }

  #eject(port: PortState, suspect: Suspect): void {
    const { settings, events } = this.#options;
    const { baseMs, maxMs } = settings();
    suspect.forMs = Math.min(maxMs, baseMs * 2 ** Math.min(suspect.times, 30));
    suspect.times += 1;
    this.#leaveOut(port, suspect, suspect.forMs);
    events.ejected(this.#describe(port.servicePort, suspect));
  }

  #leaveOut(port: PortState, suspect: Suspect, ms: number): void {
    const { clock, events } = this.#options;
    suspect.untilMs = clock.monotonic() + ms;
    suspect.timer = clock.setTimer(() => {
      suspect.timer = undefined;
      events.restored(port.servicePort, suspect.endpoint, 'time');
      this.#review(port);
    }, ms);
  }

  #clear(servicePortKey: string, endpointKey: string, why: RestoreReason): boolean {
    const port = this.#ports.get(servicePortKey);
    const suspect = port?.suspects.get(endpointKey);
    if (port === undefined || suspect === undefined) return false;
    const wasEjected = suspect.timer !== undefined;
    forget(port, endpointKey);
    if (wasEjected) this.#options.events.restored(port.servicePort, suspect.endpoint, why);
    this.#review(port);
    return wasEjected;
  }

  #review(port: PortState): void {
    const { servicePort, suspects, avoided } = port;
    const wasSuspended = port.isSuspended;
    avoided.clear();
    port.isSuspended = false;
    for (const suspect of suspects.values()) suspect.suspendedIn = [];
    const sets = [
      ['cluster', servicePort.clusterEndpoints],
      ['local', servicePort.localEndpoints],
    ] as const;
    for (const [name, set] of sets) {
      if (set === undefined) continue;
      const share = this.#share(port, set);
      avoided.set(set, share.avoided);
      for (const suspect of share.forced) suspect.suspendedIn = [...suspect.suspendedIn, name];
      if (share.forced.length > 0) this.#suspended(port, share, wasSuspended);
    }
    if (suspects.size === 0) this.#ports.delete(servicePort.key);
  }

  #suspended(port: PortState, { avoided, forced, eligible }: EjectionShare<Suspect>, isKnown: boolean): void {
    const isTold = isKnown || port.isSuspended;
    port.isSuspended = true;
    if (isTold) return;
    const ejected = avoided.size + forced.length;
    this.#options.events.suspended({ servicePort: port.servicePort, eligible, ejected, forced: forced.length });
  }

  #share({ servicePort, suspects }: PortState, set: readonly Endpoint[]): EjectionShare<Suspect> {
    const { quarantined, settings } = this.#options;
    return capEjections(set, quarantined(servicePort.key), settings().maxPercent, (key) => {
      const suspect = suspects.get(key);
      return suspect?.timer && suspect;
    });
  }

  #describe(servicePort: ServicePort, suspect: Suspect): Ejection {
    const { endpoint, cause, failures, times, forMs, untilMs, suspendedIn } = suspect;
    const leftMs = Math.max(0, untilMs - this.#options.clock.monotonic());
    return { servicePort, endpoint, cause, failures, times, forMs, leftMs, suspendedIn };
  }
}
