/**
 * Interventions: the overrides and the faults in force, and which of them takes a flow that begins.
 */

import type { Clock } from '../lib/clock.ts';
import { cidrContains } from '../model/address.ts';
import type { Fault } from '../model/fault.ts';
import type { InterventionTarget } from '../model/intervention.ts';
import type { Override } from '../model/override.ts';
import { type PortNames, type Timed, TimedBook, type TimedBookEvents } from './timed-book.ts';

/** Of each kind at most so many at a time: each Service has few, and a person set every one. */
export const MAX_INTERVENTIONS = 1000;

export interface InterventionOptions {
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly overrides: TimedBookEvents<Override>;
  readonly faults: TimedBookEvents<Fault>;
}

/** Both books. One for a daemon; whoever makes it closes it. */
export class Interventions {
  readonly overrides: TimedBook<Override>;
  readonly faults: TimedBook<Fault>;
  /** [0, 1). */
  readonly random: () => number;

  constructor({ clock, random, overrides, faults }: InterventionOptions) {
    this.random = random;
    this.overrides = new TimedBook(clock, MAX_INTERVENTIONS, overrides);
    this.faults = new TimedBook(clock, MAX_INTERVENTIONS, faults);
  }

  /** The override that takes a flow which begins, out of those that `overrideFor` says count: the die is cast by each call. */
  drawOverride(port: PortNames, clientAddress: string, verdict: () => string): Override | undefined {
    const override = overrideFor(this.overrides, port, clientAddress, verdict)?.value;
    return override && this.draw(override.percent) ? override : undefined;
  }

  /** `true` in so many per cent of the calls. */
  draw(percent: number): boolean {
    return percent >= 100 || (percent > 0 && this.random() * 100 < percent);
  }

  /** How much later the next bytes under a fault arrive. */
  delayMs({ latencyMs, jitterMs }: Fault): number {
    return latencyMs + (jitterMs === 0 ? 0 : (2 * this.random() - 1) * jitterMs);
  }

  /** Calls back when an override of a Service is set or over; returns what ends that. */
  onOverride(listener: (target: InterventionTarget) => void): () => void {
    return this.overrides.onChange(listener);
  }

  close(): void {
    this.overrides.close();
    this.faults.close();
  }
}

/**
 * The override that counts for a client of a Service port, whatever its share. `clientAddress` `undefined` = any client: one
 * that is for some sources only does not count. `verdict` is the reason of the decision on that client: one that source
 * ranges deny gets nowhere by an override, one for whom there is no endpoint does.
 */
export function overrideFor(
  overrides: Pick<TimedBook<Override>, 'of'>,
  port: PortNames,
  clientAddress: string | undefined,
  verdict: () => string,
): Timed<Override> | undefined {
  const found = overrides.of(port);
  if (found === undefined || !isFrom(found.value, clientAddress)) return undefined;
  return NEVER.has(verdict()) ? undefined : found;
}

/** Clients that source ranges deny, and ports that have no socket. */
const NEVER: ReadonlySet<string> = new Set(['SOURCE_DENIED', 'PORT_UNSUPPORTED']);

function isFrom({ sources }: Override, clientAddress: string | undefined): boolean {
  if (sources.length === 0) return true;
  return clientAddress !== undefined && sources.some((range) => cidrContains(range, clientAddress));
}
