/**
 * Fault of a TCP flow: what becomes of one flow that began under a fault. The dice are cast once, when it begins.
 *
 *   refuse ──▶ the client is reset at once; nobody is dialled
 *   blackhole ──▶ what the client sends is read and thrown away; nobody is dialled; reset when the fault is over
 *   pass ──▶ dialled as ever ──▶ latency on what the endpoint sends, the rate on both ways
 *              └── reset: in the place of the endpoint's first byte or FIN, or at a random moment of the first second
 *
 * When the fault is over, nothing is delayed, limited or reset any more. Flows that began before it are not touched.
 */

import type { Duplex } from 'node:stream';
import type { Interventions } from '../balancing/interventions.ts';
import type { Timed } from '../balancing/timed-book.ts';
import type { Timer } from '../lib/clock.ts';
import { type Fault, formatFault } from '../model/fault.ts';
import type { ServicePort } from '../model/route.ts';
import { FaultBucket } from './fault-bucket.ts';
import { FaultPump, type FaultPumpOptions, type Pump } from './fault-pump.ts';
import type { ProxyContext } from './proxy-context.ts';

/** A flow that is to be reset while its endpoint is silent is reset within so long after the connect. */
const RESET_WITHIN_MS = 1000;

type Context = Pick<ProxyContext, 'clock' | 'faultBudget' | 'interventions'>;

/** The fault that a flow begins under; `undefined` = there is none. `reset` ends the flow for the fault's sake. */
export function beginFault(context: Context, servicePort: ServicePort, reset: () => void): TcpFault | undefined {
  const { interventions } = context;
  const timed = interventions?.faults.of(servicePort);
  return interventions && timed && new TcpFault(timed, interventions, context, reset);
}

/** The fault of one flow. `close` is called when the flow has ended. */
export class TcpFault {
  readonly fate: 'refuse' | 'blackhole' | 'pass';
  /** What is done, for people. */
  readonly text: string;
  readonly #fault: Fault;
  readonly #context: Context;
  readonly #interventions: Interventions;
  readonly #reset: () => void;
  readonly #pumps: FaultPump[] = [];
  readonly #unwatch: () => void;
  #willReset: boolean;
  #timer: Timer | undefined;

  constructor(timed: Timed<Fault>, interventions: Interventions, context: Context, reset: () => void) {
    const fault = timed.value;
    this.#fault = fault;
    this.#context = context;
    this.#interventions = interventions;
    this.#reset = reset;
    this.fate = fateOf(fault, interventions);
    this.#willReset = this.fate === 'pass' && interventions.draw(fault.resetPercent);
    this.text = formatFault(fault);
    this.#unwatch = timed.whenOver(() => this.#over());
  }

  /** The pump for what the client sends: `undefined` = as without a fault. */
  fromClient(client: Duplex): Pump | undefined {
    if (this.fate === 'blackhole') return new SwallowingPump(client);
    if (this.#fault.bytesPerSecond === 0) return undefined;
    return this.#keep(new FaultPump(client, { ...this.#base(), delayMs: () => 0 }));
  }

  /** The pump for what the endpoint sends; the connect was just now. */
  fromBackend(backend: Duplex): Pump | undefined {
    const { bytesPerSecond, latencyMs } = this.#fault;
    if (this.#willReset) this.#resetLater();
    else if (bytesPerSecond === 0 && latencyMs === 0) return undefined;
    const mayPass = (): boolean => !this.#resetNow();
    return this.#keep(
      new FaultPump(backend, {
        ...this.#base(),
        delayMs: () => this.#interventions.delayMs(this.#fault),
        mayPass,
      }),
    );
  }

  close(): void {
    this.#unwatch();
    this.#timer?.cancel();
  }

  #base(): Omit<FaultPumpOptions, 'delayMs'> {
    const { clock, faultBudget: budget } = this.#context;
    const { bytesPerSecond } = this.#fault;
    const bucket = bytesPerSecond === 0 ? undefined : new FaultBucket(bytesPerSecond, 1, clock.monotonic());
    return { clock, budget, bucket };
  }

  #keep(pump: FaultPump): FaultPump {
    this.#pumps.push(pump);
    return pump;
  }

  #resetLater(): void {
    this.#timer = this.#context.clock.setTimer(() => this.#resetNow(), this.#interventions.random() * RESET_WITHIN_MS);
  }

  /** Whether the flow was one to reset. */
  #resetNow(): boolean {
    if (!this.#willReset) return false;
    this.#reset();
    return true;
  }

  /** A client whose bytes went nowhere cannot be served any more. */
  #over(): void {
    this.#willReset = false;
    this.#timer?.cancel();
    if (this.fate === 'blackhole') this.#reset();
    else for (const pump of this.#pumps) pump.open();
  }
}

/** Reads what a client in a black hole sends, and throws it away: the client's end is noticed by nothing but reading. */
class SwallowingPump implements Pump {
  bytes = 0;
  readonly #source: Duplex;

  constructor(source: Duplex) {
    this.#source = source;
  }

  start(): void {
    this.#source.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    this.#source.resume();
  }

  attach(): void {}

  close(): void {}
}

/** Refusing comes first, then the black hole: each has its share of those that are left. */
function fateOf({ refusePercent, blackholePercent }: Fault, interventions: Interventions): TcpFault['fate'] {
  if (interventions.draw(refusePercent)) return 'refuse';
  return interventions.draw(blackholePercent) ? 'blackhole' : 'pass';
}
