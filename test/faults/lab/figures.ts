/**
 * Figures: svclane's own metrics, as they were scraped.
 */

/** One scrape. */
export class Figures {
  readonly #series: readonly { readonly name: string; readonly labels: string; readonly value: number }[];

  /** `text` is the Prometheus text format. */
  constructor(text: string) {
    this.#series = [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => ({
      name,
      labels,
      value: Number(value),
    }));
  }

  /** The sum over the series of a metric whose labels hold all of these; 0 where there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#series
      .filter((each) => each.name === name && wanted.every((text) => `,${each.labels},`.includes(`,${text},`)))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** TCP flows that were begun: of one Service, or of all. */
  opened(service?: string): number {
    const labels = service === undefined ? {} : { service };
    return this.sum('svclane_connections_total', labels) + this.sum('svclane_connections_active', labels);
  }

  /** TCP flows that ended so. */
  ended(result: string, service?: string): number {
    return this.sum('svclane_connections_total', { result, ...(service !== undefined && { service }) });
  }

  /** How all TCP flows ended, for people. */
  causes(): string {
    const causes = new Map<string, number>();
    for (const { name, labels, value } of this.#series) {
      const result = name === 'svclane_connections_total' ? /result="([^"]*)"/.exec(labels)?.[1] : undefined;
      if (result !== undefined) causes.set(result, (causes.get(result) ?? 0) + value);
    }
    return [...causes].map(([result, count]) => `${count} ${result}`).join(', ');
  }

  /** Living TCP and UDP flows. */
  get active(): number {
    return this.sum('svclane_connections_active') + this.sum('svclane_udp_sessions_active');
  }

  get bytesIn(): number {
    return this.sum('svclane_bytes_total', { direction: 'in' });
  }

  get bytesOut(): number {
    return this.sum('svclane_bytes_total', { direction: 'out' });
  }
}
