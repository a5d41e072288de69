/**
 * What each Service did lately: connects, failures, and how long connecting took, in steps of ten seconds.
 *
 *   step      … 117 118 119 120          each Service that had traffic has one ring of plain integers;
 *   cell      … 117 118 119   0          the cell of a step is the step modulo the length of the ring,
 *                             ▲ now      and is cleared when its step begins
 *
 * Bounded: the Services that were silent longest make room for others.
 */

import type { Clock } from '../lib/clock.ts';
import type { Flow, FlowEndCause } from '../model/flow.ts';
import type { ServicePort } from '../model/route.ts';
import { channels, type DialFailedMessage } from '../observability/channels.ts';

export const STEP_SECONDS = 10;
/** Thirty minutes. */
export const STEPS = 180;

const STEP_MS = STEP_SECONDS * 1_000;
/** Some 11 KB each. */
const MAX_SERVICES = 1_000;

/** Upper bounds in ms; what is slower counts in a last, open class. */
export const LATENCY_BOUNDS_MS = [0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 1_000] as const;

/** Clients that got nothing; a connection that broke later is none of them. */
const UNSERVED: ReadonlySet<FlowEndCause> = new Set([
  'dial-failed',
  'no-endpoint',
  'wait-over',
  'source-denied',
  'shed',
]);

/** `connectMs` = what the dial took that succeeded, counted when the flow ends. */
interface TimedFlow extends Flow {
  readonly connectMs?: number | undefined;
}

/** One Service. Each ring has a cell for each step; `latencies` has one for each step and class. */
interface Series {
  /** `namespace/name` of the Service. */
  readonly key: string;
  lastStep: number;
  /** It is not among the series any more. */
  madeRoom: boolean;
  readonly opened: Uint32Array;
  readonly failed: Uint32Array;
  readonly failedDials: Uint32Array;
  readonly latencies: Uint32Array;
}

/** One Service in one step. `latencies` counts by `LATENCY_BOUNDS_MS`. */
export interface RateStep {
  readonly opened: number;
  readonly failed: number;
  readonly failedDials: number;
  readonly latencies: Uint32Array;
}

/** The rings of all Services that had traffic. It follows the channels between `start` and `close`. */
export class RecentRates {
  readonly #clock: Clock;
  readonly #maxServices: number;
  /** The one that was silent longest comes first. */
  readonly #series = new Map<string, Series>();
  /** To find one without making its key. One that made room is here still. */
  readonly #byPort = new WeakMap<ServicePort, Series>();
  readonly #opened = (flow: Flow): void => {
    const series = this.#seriesOf(flow);
    increment(series.opened, cellOf(series.lastStep));
  };
  readonly #ended = (flow: TimedFlow): void => {
    const isUnserved = flow.end !== undefined && UNSERVED.has(flow.end.cause);
    if (!isUnserved && flow.connectMs === undefined) return;
    const series = this.#seriesOf(flow);
    const cell = cellOf(series.lastStep);
    if (isUnserved) increment(series.failed, cell);
    if (flow.connectMs !== undefined) increment(series.latencies, cell * CLASSES + classOf(flow.connectMs));
  };
  readonly #dialFailed = ({ flow }: DialFailedMessage): void => {
    const series = this.#seriesOf(flow);
    increment(series.failedDials, cellOf(series.lastStep));
  };

  constructor(clock: Clock, maxServices = MAX_SERVICES) {
    this.#clock = clock;
    this.#maxServices = maxServices;
  }

  start(): void {
    channels.flowOpened.subscribe(this.#opened);
    channels.flowEnded.subscribe(this.#ended);
    channels.dialFailed.subscribe(this.#dialFailed);
  }

  /** Stops to follow; idempotent. */
  close(): void {
    channels.flowOpened.unsubscribe(this.#opened);
    channels.flowEnded.unsubscribe(this.#ended);
    channels.dialFailed.unsubscribe(this.#dialFailed);
  }

  /** The step of this moment; `STEPS - 1` before it are there too. */
  get step(): number {
    return Math.floor(this.#clock.now() / STEP_MS);
  }

  /** `namespace/name` of every Service that had traffic in the last `STEPS` steps, the most silent first. */
  services(): string[] {
    const oldest = this.step - STEPS;
    return [...this.#series].filter(([, { lastStep }]) => lastStep > oldest).map(([key]) => key);
  }

  /** What a Service did, step by step, the oldest first, up to this moment; zeros where nothing is known. */
  stepsOf(key: string): readonly RateStep[] {
    const { step } = this;
    const series = this.#series.get(key);
    return Array.from({ length: STEPS }, (_, index) => readStep(series, step - STEPS + 1 + index));
  }

  /** The series of its Service, at this step. */
  #seriesOf({ route: { servicePort } }: Flow): Series {
    const { step } = this;
    const known = this.#byPort.get(servicePort);
    const series = known === undefined || known.madeRoom ? this.#find(servicePort, step) : known;
    if (series.lastStep !== step) this.#advance(series, step);
    return series;
  }

  #find(servicePort: ServicePort, step: number): Series {
    const key = `${servicePort.namespace}/${servicePort.service}`;
    const series = this.#series.get(key) ?? this.#add(key, step);
    this.#byPort.set(servicePort, series);
    return series;
  }

  #add(key: string, step: number): Series {
    const [silent] = this.#series.values();
    if (silent !== undefined && this.#series.size >= this.#maxServices) {
      this.#series.delete(silent.key);
      silent.madeRoom = true;
    }
    const series: Series = {
      key,
      lastStep: step,
      madeRoom: false,
      opened: new Uint32Array(STEPS),
      failed: new Uint32Array(STEPS),
      failedDials: new Uint32Array(STEPS),
      latencies: new Uint32Array(STEPS * CLASSES),
    };
    this.#series.set(key, series);
    return series;
  }

  /** Clears what the ring still has of the round before. A clock that went back starts anew. */
  #advance(series: Series, step: number): void {
    const passed = step - series.lastStep;
    const from = passed < 0 || passed >= STEPS ? step - STEPS + 1 : series.lastStep + 1;
    for (let at = from; at <= step; at++) clear(series, at);
    series.lastStep = step;
    this.#series.delete(series.key);
    this.#series.set(series.key, series);
  }
}

const CLASSES = LATENCY_BOUNDS_MS.length + 1;
const NO_LATENCIES = new Uint32Array(CLASSES);
const NOTHING: RateStep = { opened: 0, failed: 0, failedDials: 0, latencies: NO_LATENCIES };

function increment(cells: Uint32Array, cell: number): void {
  cells[cell] = (cells[cell] ?? 0) + 1;
}

function classOf(ms: number): number {
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
  return found === -1 ? CLASSES - 1 : found;
}

function clear({ opened, failed, failedDials, latencies }: Series, step: number): void {
  const cell = cellOf(step);
  opened[cell] = 0;
  failed[cell] = 0;
  failedDials[cell] = 0;
  latencies.fill(0, cell * CLASSES, (cell + 1) * CLASSES);
}

function readStep(series: Series | undefined, step: number): RateStep {
  if (!series || step > series.lastStep || step <= series.lastStep - STEPS) return NOTHING;
  const cell = cellOf(step);
  return {
    opened: series.opened[cell] ?? 0,
    failed: series.failed[cell] ?? 0,
    failedDials: series.failedDials[cell] ?? 0,
    latencies: series.latencies.subarray(cell * CLASSES, (cell + 1) * CLASSES),
  };
}

function cellOf(step: number): number {
  return ((step % STEPS) + STEPS) % STEPS;
}
