/**
 * Fault pump: one direction of a TCP flow under a fault, as `tcp-pump.ts` is without.
 *
 *   source ──data──▶ fault line ──write──▶ sink
 *     └── stopped while the line holds all that it may: the sender feels what the receiver does not get
 *
 * The FIN of the source goes through the line like a byte: it arrives behind the last one, as late as that.
 */

import type { Duplex } from 'node:stream';
import type { FaultBudget } from './fault-budget.ts';
import { FaultLine, type FaultLineOptions } from './fault-line.ts';
import { whenEnded } from './when-ended.ts';

/** One direction of a TCP flow. */
export interface Pump {
  /** How many were read. */
  readonly bytes: number;
  /** Starts reading, before there is a sink: a first part is held. Idempotent. */
  start(): void;
  /** Gives the sink, and starts reading where that has not been done. */
  attach(sink: Duplex): void;
  /** Nothing is written any more, and what is held is dropped. Called before the sink is destroyed. Idempotent. */
  close(): void;
}

/** How a direction is spoiled. */
export interface FaultPumpOptions extends Pick<FaultLineOptions, 'clock' | 'delayMs' | 'bucket'> {
  readonly budget: FaultBudget;
  /** Asked before the first byte, or the FIN, is passed on; `false` = it must not be: the flow has ended. */
  readonly mayPass?: () => boolean;
}

/** One direction through a fault line. `open` ends the fault. */
export class FaultPump implements Pump {
  bytes = 0;
  readonly #source: Duplex;
  readonly #options: FaultPumpOptions;
  readonly #line: FaultLine;
  #sink: Duplex | undefined;
  #isStarted = false;
  #hasPassed = false;

  constructor(source: Duplex, options: FaultPumpOptions) {
    const { clock, delayMs, bucket } = options;
    this.#source = source;
    this.#options = options;
    this.#line = new FaultLine({ clock, delayMs, bucket, isStream: true, deliver: (bytes) => this.#deliver(bytes) });
    this.#line.stop();
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#source.on('data', (chunk: Buffer) => this.#take(chunk));
    whenEnded(this.#source, () => this.#line.end(() => this.#finish()));
    this.#source.resume();
  }

  attach(sink: Duplex): void {
    this.#sink = sink;
    this.#line.go();
    if (this.#isStarted) this.#source.resume();
    else this.start();
  }

  open(): void {
    this.#line.open();
  }

  close(): void {
    this.#options.budget.release(this.#line.heldBytes);
    this.#line.close();
  }

  #take(chunk: Buffer): void {
    const { budget } = this.#options;
    this.bytes += chunk.length;
    budget.hold(chunk.length);
    this.#line.push(chunk);
    if (this.#sink === undefined || this.#line.heldBytes >= budget.share) this.#source.pause();
  }

  #deliver(bytes: Buffer): boolean {
    const { budget } = this.#options;
    const sink = this.#sink;
    budget.release(bytes.length);
    if (sink === undefined || sink.destroyed || !this.#passes()) return false;
    const goesOn = sink.write(bytes);
    if (!goesOn) sink.once('drain', () => this.#line.go());
    if (this.#line.heldBytes < budget.share) this.#source.resume();
    return goesOn;
  }

  #finish(): void {
    if (this.#passes()) this.#sink?.end();
  }

  #passes(): boolean {
    this.#hasPassed ||= this.#options.mayPass?.() ?? true;
    return this.#hasPassed;
  }
}
