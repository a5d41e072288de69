/**
 * The successor, as its predecessor sees it: it is given what it asks for, and time.
 */

import { SvclaneError } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { CaptureType } from '../model/capture.ts';
import type { HandedOn } from '../model/soft-state.ts';
import type { CarryReply } from '../proxy/listener.ts';
import type { HandOverChannel } from './hand-over-channel.ts';
import {
  HANDOVER_PROTOCOL,
  isSuccessorMessage,
  type PredecessorMessage,
  type SuccessorMessage,
} from './hand-over-messages.ts';
import { stateMessages } from './state-messages.ts';

/** How long each part of a hand-over may take, in ms. */
export const HANDOVER_TIMES = {
  /** From its start to its first word. */
  hello: 30_000,
  /** To its first table: configuration, credentials, every list. */
  claim: 60_000,
  /** To serving at every address: ten thousand sockets take seconds. */
  serving: 60_000,
  /** To its word that it is the main process. */
  main: 10_000,
};

export interface SuccessorOptions {
  readonly channel: HandOverChannel;
  /** Resolves when its process has ended, with a line that says so. */
  readonly ended: Promise<string>;
  readonly sockets: SocketExchange;
  readonly clock: Clock;
  readonly capture: CaptureType;
  /** Stops all changes, and tells what the successor should know. */
  readonly hold: () => Promise<HandedOn>;
  readonly times?: typeof HANDOVER_TIMES;
}

/** One successor, from its start. */
export class Successor {
  /** Resolves when it serves. Rejects with `SVL_HANDOVER` where it does not; it may be alive then. */
  readonly serves: Promise<void>;
  /** Whether it has asked for what is ours: after a failure it must be put back. */
  hasClaimed = false;
  /** Its version; "" = not yet known. */
  version = '';
  /** Its process id; 0 = not yet known. */
  pid = 0;
  /** Whether it said itself that it has failed: it changes nothing any more, and ends. */
  hasGivenUp = false;
  /** It stops, and we should end within so many ms. */
  onStop: (graceMs: number) => void = () => {};
  readonly #options: SuccessorOptions;
  readonly #times: typeof HANDOVER_TIMES;
  readonly #serves = Promise.withResolvers<void>();
  readonly #main = Promise.withResolvers<void>();
  #timer: Timer | undefined;
  #isServing = false;

  constructor(options: SuccessorOptions) {
    const { channel, ended, times = HANDOVER_TIMES } = options;
    this.#options = options;
    this.#times = times;
    this.serves = this.#serves.promise;
    this.serves.catch(() => {});
    channel.listen((message) => {
      if (isSuccessorMessage(message)) this.#hear(message);
    });
    ended.then((how) => {
      this.fail(how);
      this.#main.resolve();
    });
    this.#expect('hello', 'the new process has not said a word');
  }

  /** Ends a hand-over that is under way; once it serves, nothing. */
  fail(reason: string): void {
    if (this.#isServing) return;
    this.#timer?.cancel();
    this.#serves.reject(new SvclaneError('SVL_HANDOVER', reason));
  }

  /** We have let go. Resolves when it is the main process, and we may end. */
  async release(): Promise<void> {
    this.#say({ type: 'released' });
    this.#timer = this.#options.clock.setTimer(() => this.#main.resolve(), this.#times.main);
    await this.#main.promise;
    this.#timer.cancel();
  }

  /** Has a UDP reply sent from the socket that is its own by now. */
  readonly carry: CarryReply = (frontend, datagram, port, address) => {
    this.#say({ type: 'reply', frontend, data: datagram.toString('base64'), port, address });
  };

  draining(flows: number): void {
    this.#say({ type: 'draining', flows });
  }

  #say(message: PredecessorMessage): void {
    void this.#options.channel.send(message);
  }

  #hear(message: SuccessorMessage): void {
    if (message.type === 'take') this.#give(message.name);
    else if (message.type === 'hello') this.#greet(message);
    else if (message.type === 'claim') void this.#claimed(message.capture);
    else if (message.type === 'serving') this.#serving();
    else if (message.type === 'main') this.#main.resolve();
    else if (message.type === 'failed') {
      this.hasGivenUp = true;
      this.fail(message.reason);
    } else this.onStop(message.graceMs);
  }

  #greet({ protocol, version, pid }: Extract<SuccessorMessage, { type: 'hello' }>): void {
    this.version = version;
    this.pid = pid;
    if (protocol === HANDOVER_PROTOCOL) this.#expect('claim', 'the new process has not built its first table');
    else this.#refuse(`the new process (${version}) speaks hand-over ${protocol}, and this one ${HANDOVER_PROTOCOL}`);
  }

  async #claimed(capture: string): Promise<void> {
    const { hold, capture: own } = this.#options;
    if (capture !== own) {
      return this.#refuse(`the new process captures Service addresses by ${capture}, and this one by ${own}`);
    }
    this.#expect('serving', 'the new process does not serve');
    this.hasClaimed = true;
    try {
      for (const message of stateMessages(await hold())) this.#say(message);
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  #give(name: string): void {
    const { channel, sockets } = this.#options;
    void channel.send({ type: 'given', name }, this.hasClaimed ? sockets.give(name) : undefined);
  }

  #serving(): void {
    this.#isServing = true;
    this.#timer?.cancel();
    this.#serves.resolve();
  }

  #refuse(reason: string): void {
    this.#say({ type: 'refused', reason });
    this.fail(reason);
  }

  #expect(what: 'hello' | 'claim' | 'serving', otherwise: string): void {
    const ms = this.#times[what];
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(() => this.fail(`${otherwise} within ${ms / 1000} s`), ms);
  }
}
