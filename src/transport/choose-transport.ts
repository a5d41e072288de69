/**
 * Auto transport: direct where the pod network can be reached from here, else through the API server.
 *
 *   sample endpoints ──dial directly, 500 ms──▶ one accepts, refuses or resets ──▶ direct
 *                                          └──▶ none does                     ──▶ apiserver
 *
 * A refusal comes from the pod: the way to it is open. Without a sample to try, the first dial gives one.
 */

import { errnoOf } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Dial, DialHandlers, Transport } from '../model/transport.ts';

/** What was chosen, and why, in words for people. */
export interface TransportChoice {
  readonly name: Transport['name'];
  readonly reason: string;
}

/** What to choose from. `chosen` is called after each choice. */
export interface AutoTransportOptions {
  readonly direct: Transport;
  readonly apiserver: Transport;
  readonly clock: Clock;
  readonly chosen: (choice: TransportChoice) => void;
}

/** A transport that is one of two. Before the choice its name is `direct`. */
export interface AutoTransport extends Transport {
  readonly choice: TransportChoice | undefined;
  /**
   * Chooses, again where it has chosen before; pods have `patienceMs` to answer, by default 500. Without endpoints the first
   * dial chooses. Never rejects.
   */
  choose(samples: readonly Endpoint[], patienceMs?: number): Promise<TransportChoice | undefined>;
}

const PROBE_TIMEOUT_MS = 500;
const MAX_PROBES = 3;
/** Answers that only the pod, or its node, can have given. */
const ANSWERS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);
/** Troubles of this machine, which say nothing about the network. */
const LOCAL: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** Makes one that has not chosen. Neither transport is closed by it. */
export function createAutoTransport(options: AutoTransportOptions): AutoTransport {
  return new Auto(options);
}

interface Probe {
  readonly address: string;
  /** "" = it accepted. */
  readonly errno: string;
  readonly tookMs: number;
}

class Auto implements AutoTransport {
  readonly #options: AutoTransportOptions;
  #choice: TransportChoice | undefined;
  #choosing: Promise<TransportChoice | undefined> | undefined;

  constructor(options: AutoTransportOptions) {
    this.#options = options;
  }

  get name(): Transport['name'] {
    return this.#choice?.name ?? 'direct';
  }

  get choice(): TransportChoice | undefined {
    return this.#choice;
  }

  choose(samples: readonly Endpoint[], patienceMs = PROBE_TIMEOUT_MS): Promise<TransportChoice | undefined> {
    if (samples.length === 0) return Promise.resolve(this.#choice);
    this.#choosing ??= this.#probeAll(samples.slice(0, MAX_PROBES), patienceMs).finally(() => {
      this.#choosing = undefined;
    });
    return this.#choosing;
  }

  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial {
    if (this.#choice !== undefined) return this.#chosen().dialTcp(endpoint, handlers);
    let dial: Dial | undefined;
    let isCancelled = false;
    void this.choose([endpoint]).then(() => {
      if (!isCancelled) dial = this.#chosen().dialTcp(endpoint, handlers);
    });
    return {
      cancel: () => {
        isCancelled = true;
        dial?.cancel();
      },
    };
  }

  #chosen(): Transport {
    return this.#choice?.name === 'apiserver' ? this.#options.apiserver : this.#options.direct;
  }

  async #probeAll(samples: readonly Endpoint[], patienceMs: number): Promise<TransportChoice | undefined> {
    const probes = await Promise.all(samples.map((endpoint) => this.#probe(endpoint, patienceMs)));
    const choice = judge(probes);
    if (choice !== undefined) {
      this.#choice = choice;
      this.#options.chosen(choice);
    }
    return choice;
  }

  #probe(endpoint: Endpoint, patienceMs: number): Promise<Probe> {
    const { clock, direct } = this.#options;
    const startMs = clock.monotonic();
    return new Promise((resolve) => {
      const settle = (errno: string): void => {
        timer.cancel();
        resolve({ address: endpoint.address, errno, tookMs: Math.round(clock.monotonic() - startMs) });
      };
      const giveUp = (): void => {
        dial.cancel();
        settle('ETIMEDOUT');
      };
      // Where this process was busy, an answer may have come in time and not have been looked at.
      const timer = clock.setTimer(() => void setImmediate(giveUp), patienceMs);
      const dial = direct.dialTcp(endpoint, {
        connected(stream) {
          stream.destroy();
          settle('');
        },
        failed: (error) => settle(errnoOf(error) ?? 'EIO'),
      });
    });
  }
}

function judge(probes: readonly Probe[]): TransportChoice | undefined {
  const answer = probes.find(({ errno }) => errno === '' || ANSWERS.has(errno));
  if (answer !== undefined) {
    const said = answer.errno === '' ? 'accepted' : answer.errno;
    return { name: 'direct', reason: `pod network routable: ${answer.address} ${said} ${answer.tookMs}ms` };
  }
  const tried = probes.filter(({ errno }) => !LOCAL.has(errno));
  if (tried.length === 0) return undefined;
  const list = tried.map(({ address, errno, tookMs }) => `${address} ${errno} ${tookMs}ms`).join(', ');
  return { name: 'apiserver', reason: `pod network not routable: ${list}` };
}
