/**
 * Pump pair: both directions of a TCP flow.
 */

import type { Duplex } from 'node:stream';
import type { Pump } from './fault-pump.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { TcpFault } from './tcp-fault.ts';
import { TcpPump } from './tcp-pump.ts';

/** The pumps of one flow, each made when it is needed. `close` before one of the streams is destroyed. */
export class PumpPair {
  readonly #client: Duplex;
  readonly #buffers: ReadBuffers | undefined;
  #fromClient: Pump | undefined;
  #fromBackend: Pump | undefined;

  /** `buffers` `undefined` = plain. */
  constructor(client: Duplex, buffers: ReadBuffers | undefined) {
    this.#client = client;
    this.#buffers = buffers;
  }

  /** Read from the client. */
  get bytesIn(): number {
    return this.#fromClient?.bytes ?? 0;
  }

  /** Read from the backend. */
  get bytesOut(): number {
    return this.#fromBackend?.bytes ?? 0;
  }

  /** Reads the client, who has no backend yet. */
  startClient(fault: TcpFault | undefined): void {
    this.#ofClient(fault).start();
  }

  join(backend: Duplex, fault: TcpFault | undefined): void {
    this.#ofClient(fault).attach(backend);
    this.#fromBackend = fault?.fromBackend(backend) ?? new TcpPump(backend, this.#buffers);
    this.#fromBackend.attach(this.#client);
  }

  close(): void {
    this.#fromClient?.close();
    this.#fromBackend?.close();
  }

  #ofClient(fault: TcpFault | undefined): Pump {
    this.#fromClient ??= fault?.fromClient(this.#client) ?? new TcpPump(this.#client, this.#buffers);
    return this.#fromClient;
  }
}
