/**
 * Counters and gauges: plain number fields that hot paths change, and text that is made when it is scraped.
 *
 *   MetricFamily  name, help, type, labels ─▶ Series "shop web http" { value }      at most so many of them,
 *                                          └▶ Series "other other other"            then this one for all the rest
 */

import { formatNumber, metricHeader, sampleHead } from './exposition.ts';

/** One line of a counter or gauge. Whoever holds it adds to `value`. */
export interface Series {
  value: number;
}

/** A series with what stands before its value. The one that overflowing ones share is never removed. */
interface Line extends Series {
  readonly head: string;
  readonly isShared: boolean;
}

/** How many series the families that share it may have together. */
export class SeriesBudget {
  #left: number;

  constructor(series: number) {
    this.#left = series;
  }

  /** `false` = none is left. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }

  /** One was removed. */
  give(): void {
    this.#left += 1;
  }
}

export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels?: readonly string[];
  /** Beyond so many series, new label values share one. */
  readonly maxSeries?: number;
  /** Bounds several families together, instead of `maxSeries`. */
  readonly budget?: SeriesBudget;
  /** So many of the first labels are `other` where a series is shared; the rest, which have few values, stay. Absent = all. */
  readonly sharedLabels?: number;
}

const DEFAULT_MAX_SERIES = 1000;
const OVERFLOW = 'other';
/** Some tens of microseconds. */
const LINES_PER_PIECE = 256;

/** A counter or gauge with its series by label values. */
export class MetricFamily {
  readonly #options: FamilyOptions;
  readonly #budget: SeriesBudget;
  readonly #series = new Map<string, Line>();

  constructor(options: FamilyOptions) {
    this.#options = options;
    this.#budget = options.budget ?? new SeriesBudget(options.maxSeries ?? DEFAULT_MAX_SERIES);
    if (options.labels === undefined) this.with();
  }

  /** The series with these label values, in the order of `labels`; made where it is not there. */
  with(...values: readonly string[]): Series {
    return this.#series.get(keyOf(values)) ?? this.#add(values);
  }

  /** Makes series that begin at 0, so that a first event is seen as a rise. */
  startWith(...values: readonly string[]): this {
    for (const value of values) this.with(value);
    return this;
  }

  /** Forgets the series with these label values, where there is one; the one that others share stays. */
  remove(values: readonly string[]): void {
    const key = keyOf(values);
    if (this.#series.get(key)?.isShared !== false) return;
    this.#series.delete(key);
    this.#budget.give();
  }

  render(): string {
    return [...this.pieces()].join('');
  }

  /** What `render` gives, in pieces that are quickly made; nothing while there is no series. */
  *pieces(): Generator<string> {
    if (this.#series.size === 0) return;
    const { name, help, type } = this.#options;
    let text = metricHeader(name, help, type);
    let lines = 0;
    for (const { head, value } of this.#series.values()) {
      text += `${head} ${formatNumber(value)}\n`;
      lines += 1;
      if (lines % LINES_PER_PIECE !== 0) continue;
      yield text;
      text = '';
    }
    if (text !== '') yield text;
  }

  #add(values: readonly string[]): Line {
    const { sharedLabels = values.length } = this.#options;
    const shared = values.map((value, index) => (index < sharedLabels ? OVERFLOW : value));
    const isShared = values.length > 0 && keyOf(shared) === keyOf(values);
    if (isShared || this.#budget.take()) return this.#insert(values, isShared);
    return this.#series.get(keyOf(shared)) ?? this.#insert(shared, true);
  }

  #insert(values: readonly string[], isShared: boolean): Line {
    const { name, labels = [] } = this.#options;
    const line = { value: 0, head: sampleHead(name, labels, values), isShared };
    this.#series.set(keyOf(values), line);
    return line;
  }
}

function keyOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : JSON.stringify(values);
}
