/**
 * Metrics of volume: bytes and datagrams. Flows count them for themselves; they are added up when it is asked.
 */

import { LiveSet } from '../lib/live-set.ts';
import type { Flow } from '../model/flow.ts';
import { MetricFamily } from './metric-family.ts';

/** Adds up flows that live and flows that have ended. */
export class VolumeMetrics {
  readonly #live = new LiveSet<Flow>();
  readonly #ended = { bytesIn: 0, bytesOut: 0, datagramsIn: 0, datagramsOut: 0 };
  readonly #bytes = directions('svclane_bytes_total', 'Bytes forwarded: in = from clients, out = to clients.');
  readonly #datagrams = directions(
    'svclane_udp_datagrams_total',
    'UDP datagrams forwarded: in = from clients, out = to clients.',
  );

  opened(flow: Flow): void {
    this.#live.add(flow);
  }

  /** `false` = it was never opened. */
  ended(flow: Flow): boolean {
    this.#ended.bytesIn += flow.bytesIn;
    this.#ended.bytesOut += flow.bytesOut;
    this.#ended.datagramsIn += flow.datagramsIn ?? 0;
    this.#ended.datagramsOut += flow.datagramsOut ?? 0;
    return this.#live.delete(flow);
  }

  /** In one go: a flow that ended meanwhile would be missed, or count twice. */
  render(): string {
    let { bytesIn, bytesOut, datagramsIn, datagramsOut } = this.#ended;
    for (const flow of this.#live) {
      bytesIn += flow.bytesIn;
      bytesOut += flow.bytesOut;
      datagramsIn += flow.datagramsIn ?? 0;
      datagramsOut += flow.datagramsOut ?? 0;
    }
    this.#bytes.with('in').value = bytesIn;
    this.#bytes.with('out').value = bytesOut;
    this.#datagrams.with('in').value = datagramsIn;
    this.#datagrams.with('out').value = datagramsOut;
    return this.#bytes.render() + this.#datagrams.render();
  }
}

function directions(name: string, help: string): MetricFamily {
  return new MetricFamily({ name, help, type: 'counter', labels: ['direction'] });
}
