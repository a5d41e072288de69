/**
 * Inherited UDP: which endpoint each UDP client of a predecessor had, until its next datagram comes or it has been idle.
 */

import type { Pick } from '../balancing/picker.ts';
import type { Route } from '../model/route.ts';
import type { UdpFlowRow } from '../model/soft-state.ts';

/** Each row is used once. All are dropped together, when every flow would have been idle. */
export class InheritedUdp {
  readonly #rows: Map<string, UdpFlowRow>;

  constructor(rows: readonly UdpFlowRow[]) {
    this.#rows = new Map(rows.map((row) => [keyOf(row.frontend, row.address, row.port), row]));
  }

  /** What has not been used yet. */
  get rows(): readonly UdpFlowRow[] {
    return [...this.#rows.values()];
  }

  /** The endpoint that the client had, as long as the route still has it and it serves. */
  take(route: Route, address: string, port: number): Pick | undefined {
    const key = keyOf(route.frontend.key, address, port);
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    this.#rows.delete(key);
    const endpoint = route.servicePort.endpoints.find((one) => one.key === row.endpoint && one.serving);
    return endpoint && { endpoint, why: 'inherited' };
  }
}

function keyOf(frontend: string, address: string, port: number): string {
  return `${frontend} ${address} ${port}`;
}
