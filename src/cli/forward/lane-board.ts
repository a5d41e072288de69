/**
 * The lanes as a person follows them: pods, connections, bytes, and the last thing that went wrong.
 */

import type { Daemon } from '../../daemon/daemon-contract.ts';
import { formatHostPort } from '../../model/address.ts';
import { type BoundLane, laneText, readyCount, servicePortOf } from './bound-lane.ts';
import type { LiveFlows } from './live-flows.ts';
import type { LaneView } from './live-view.ts';

/** Reads what others keep. */
export class LaneBoard {
  readonly #lanes: () => readonly BoundLane[];
  readonly #flows: LiveFlows;
  readonly #daemon: Pick<Daemon, 'table'>;
  readonly #errors = new Map<string, string>();

  constructor(lanes: () => readonly BoundLane[], flows: LiveFlows, daemon: Pick<Daemon, 'table'>) {
    this.#lanes = lanes;
    this.#flows = flows;
    this.#daemon = daemon;
  }

  /** Something went wrong with a Service port. */
  failed(servicePortKey: string, text: string): void {
    this.#errors.set(servicePortKey, text);
  }

  rows(): readonly LaneView[] {
    const table = this.#daemon.table();
    return this.#lanes().map((lane) => {
      const port = servicePortOf(lane, table);
      const { connections, bytesIn, bytesOut } = this.#flows.trafficOf(port?.key ?? '');
      return {
        local: formatHostPort(lane.addresses[0] ?? '', lane.localPort),
        target: laneText(lane),
        ready: readyCount(lane, table),
        total: port?.endpoints.length ?? 0,
        connections,
        bytes: bytesIn + bytesOut,
        lastError: this.#errors.get(port?.key ?? '') ?? '',
      };
    });
  }
}
