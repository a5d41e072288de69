/**
 * A small Prometheus registry: plain number fields that hot paths change, and text that is made when it is scraped.
 *
 *   MetricFamily  name, help, type, labels ─▶ Series "shop web http" { value }      at most maxSeries of them,
 *                                          └▶ Series "other other other"            then this one for all the rest
 *
 * Source: the Prometheus text exposition format, version 0.0.4.
 */

/** One line of a counter or gauge. Whoever holds it adds to `value`. */
export interface Series {
  value: number;
}

export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels?: readonly string[];
  /** Beyond so many series, new label values share one whose values are all `other`. */
  readonly maxSeries?: number;
}

const DEFAULT_MAX_SERIES = 1000;
const OVERFLOW = 'other';

/** A counter or gauge with its series by label values. */
export class MetricFamily {
  readonly #options: FamilyOptions;
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly series: Series }>();

  constructor(options: FamilyOptions) {
    this.#options = options;
    if (options.labels === undefined) this.with();
  }

  /** The series with these label values, in the order of `labels`; made where it is not there. */
  with(...values: readonly string[]): Series {
    const key = JSON.stringify(values);
    const known = this.#series.get(key);
    if (known) return known.series;
    const { maxSeries = DEFAULT_MAX_SERIES } = this.#options;
    if (this.#series.size >= maxSeries && !values.every((value) => value === OVERFLOW)) {
      return this.with(...values.map(() => OVERFLOW));
    }
    const series = { value: 0 };
    this.#series.set(key, { values, series });
    return series;
  }

  /** Forgets the series with such label values. */
  drop(isGone: (values: readonly string[]) => boolean): void {
    for (const [key, { values }] of this.#series) if (isGone(values)) this.#series.delete(key);
  }

  render(): string {
    const { name, help, type, labels = [] } = this.#options;
    const lines = [...this.#series.values()].map(({ values, series }) => sample(name, labels, values, series.value));
    return lines.length === 0 ? '' : header(name, help, type) + lines.join('');
  }
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending, without +Inf. */
  readonly buckets: readonly number[];
  /** Label values that every sample is shown with, once for each entry. */
  readonly shownAs?: readonly Readonly<Record<string, string>>[];
}

/** A histogram with fixed buckets. */
export class Histogram {
  readonly #options: HistogramOptions;
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(options: HistogramOptions) {
    this.#options = options;
    this.#counts = options.buckets.map(() => 0);
  }

  observe(value: number): void {
    const index = this.#options.buckets.findIndex((bound) => value <= bound);
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
  }

  render(): string {
    const { name, help, shownAs = [{}] } = this.#options;
    return header(name, help, 'histogram') + shownAs.map((labels) => this.#samples(labels)).join('');
  }

  #samples(shown: Readonly<Record<string, string>>): string {
    const { name, buckets } = this.#options;
    const labels = Object.keys(shown);
    const values = Object.values(shown);
    let below = 0;
    const lines = buckets.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return sample(`${name}_bucket`, [...labels, 'le'], [...values, formatNumber(bound)], below);
    });
    lines.push(sample(`${name}_bucket`, [...labels, 'le'], [...values, '+Inf'], this.#count));
    lines.push(sample(`${name}_sum`, labels, values, this.#sum), sample(`${name}_count`, labels, values, this.#count));
    return lines.join('');
  }
}

function header(name: string, help: string, type: string): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, labels: readonly string[], values: readonly string[], value: number): string {
  const pairs = labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? '')}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${formatNumber(value)}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
