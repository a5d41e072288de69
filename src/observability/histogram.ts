/**
 * Histograms with fixed buckets.
 */

import { formatNumber, metricHeader, sampleLine } from './exposition.ts';

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
  readonly #buckets: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(options: HistogramOptions) {
    this.#options = options;
    this.#buckets = options.buckets;
    this.#counts = options.buckets.map(() => 0);
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.#buckets.length && !(value <= (this.#buckets[index] ?? 0))) index += 1;
    if (index < this.#counts.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
  }

  /** One piece: its buckets, sum and count belong together. */
  render(): string {
    const { name, help, shownAs = [{}] } = this.#options;
    return metricHeader(name, help, 'histogram') + shownAs.map((labels) => this.#samples(labels)).join('');
  }

  #samples(shown: Readonly<Record<string, string>>): string {
    const { name } = this.#options;
    const labels = Object.keys(shown);
    const values = Object.values(shown);
    let below = 0;
    const bucket = (bound: string, count: number): string =>
      sampleLine(`${name}_bucket`, [...labels, 'le'], [...values, bound], count);
    const lines = this.#buckets.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return bucket(formatNumber(bound), below);
    });
    lines.push(bucket('+Inf', this.#count));
    lines.push(sampleLine(`${name}_sum`, labels, values, this.#sum));
    lines.push(sampleLine(`${name}_count`, labels, values, this.#count));
    return lines.join('');
  }
}
