/**
 * Helper flow: a flow that lives in a helper, as main and its subscribers see it.
 */

import type { Endpoint } from '../../model/endpoint.ts';
import type { FailedTry, Flow, FlowEnd, PickReason } from '../../model/flow.ts';
import type { Route } from '../../model/route.ts';
import { channels } from '../../observability/channels.ts';
import { canonicalClient } from '../client-address.ts';
import type { FlowRecord } from './worker-messages.ts';

const NO_TRIES: readonly FailedTry[] = [];

/** What a record is read with. */
export interface FlowBearings {
  /** The endpoint of this key, of the table that the flow saw or of a later one. */
  endpointOf(route: Route, key: string): Endpoint | undefined;
}

/** It is moved on by records; each step is published as if it were made here. */
export class HelperFlow implements Flow {
  readonly id: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  /** As the helper's socket gives it. */
  readonly peerAddress: string;
  endpoint: Endpoint | undefined;
  why: PickReason | undefined;
  failedTries = NO_TRIES;
  connectMs: number | undefined;
  bytesIn = 0;
  bytesOut = 0;
  datagramsIn: number | undefined;
  datagramsOut: number | undefined;
  headerBytes = 0;
  end: FlowEnd | undefined;
  endedAtMs: number | undefined;

  constructor([id, , clientAddress, clientPort, openedAtMs]: FlowRecord, route: Route) {
    this.id = id;
    this.protocol = route.servicePort.protocol === 'UDP' ? 'UDP' : 'TCP';
    this.route = route;
    this.peerAddress = clientAddress;
    this.clientAddress = canonicalClient(clientAddress);
    this.clientPort = clientPort;
    this.openedAtMs = openedAtMs;
  }

  /** Publishes its beginning; of UDP the endpoint is known by then. */
  begin(record: FlowRecord, bearings: FlowBearings): void {
    if (this.protocol === 'UDP') this.#chosen(record, bearings);
    if (channels.flowOpened.hasSubscribers) channels.flowOpened.publish(this);
  }

  /** Takes up what has become of it. */
  follow(record: FlowRecord, bearings: FlowBearings): void {
    const [, , , , , , , tries, connectMs, bytesIn, bytesOut, datagramsIn, datagramsOut, headerBytes, end] = record;
    this.#failed(tries);
    this.#chosen(record, bearings);
    this.bytesIn = bytesIn;
    this.bytesOut = bytesOut;
    this.headerBytes = headerBytes;
    if (this.protocol === 'UDP') {
      this.datagramsIn = datagramsIn;
      this.datagramsOut = datagramsOut;
    }
    this.#connected(connectMs);
    if (end !== undefined) this.finish(end, record[15]);
  }

  /** Publishes its end. */
  finish(end: FlowEnd, endedAtMs: number): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.endedAtMs = endedAtMs;
    if (channels.flowEnded.hasSubscribers) channels.flowEnded.publish(this);
  }

  #failed(tries: readonly FailedTry[]): void {
    for (const failed of tries.slice(this.failedTries.length)) {
      this.failedTries = [...this.failedTries, failed];
      if (channels.dialFailed.hasSubscribers) channels.dialFailed.publish({ ...failed, flow: this });
    }
  }

  #chosen([, , , , , endpoint, why]: FlowRecord, { endpointOf }: FlowBearings): void {
    if (endpoint !== (this.endpoint?.key ?? '')) this.endpoint = endpointOf(this.route, endpoint);
    this.why = why === '' ? undefined : why;
  }

  #connected(connectMs: number): void {
    if (connectMs < 0 || this.connectMs !== undefined) return;
    this.connectMs = connectMs;
    if (channels.flowConnected.hasSubscribers) channels.flowConnected.publish(this);
  }
}
