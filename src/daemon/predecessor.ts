/**
 * The predecessor, as its successor sees it.
 */

import type { SendHandle } from 'node:child_process';
import { SvclaneError } from '../errors.ts';
import type { CaptureType } from '../model/capture.ts';
import type { HandedOn } from '../model/soft-state.ts';
import type { CarryReply } from '../proxy/listener.ts';
import type { HandOverChannel } from './hand-over-channel.ts';
import {
  HANDOVER_PROTOCOL,
  type InterventionsMessage,
  isPredecessorMessage,
  type LentMessage,
  type PredecessorMessage,
  type StateMessage,
  type SuccessorMessage,
} from './hand-over-messages.ts';
import type { Inheritance } from './inheritance.ts';

export interface PredecessorOptions {
  readonly channel: HandOverChannel;
  /** Our version. */
  readonly version: string;
  /** Our process id. */
  readonly pid: number;
  /** The protocol that it speaks. */
  readonly protocol: number;
}

/** One predecessor. Nothing of it is ours before `serving` resolves. */
export class Predecessor implements Inheritance {
  /** Rejects when it is gone, or refuses, before it has let go. Never resolves. */
  readonly lost: Promise<never>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** How many of its flows live, as it said last; 0 once it has ended. */
  draining = 0;
  /** Sends its UDP replies. */
  carry: CarryReply = () => {};
  readonly #channel: HandOverChannel;
  readonly #wanted = new Map<string, PromiseWithResolvers<SendHandle | undefined>>();
  readonly #state = Promise.withResolvers<HandedOn>();
  readonly #released = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<never>();
  readonly #parts: StateMessage[] = [];
  /** An older one sends none of these. */
  readonly #interventions: InterventionsMessage[] = [];
  readonly #lent: LentMessage[] = [];
  #isOver = false;
  #isLost = false;

  /** Says hello. */
  constructor({ channel, version, pid, protocol }: PredecessorOptions) {
    this.#channel = channel;
    this.lost = this.#lost.promise;
    for (const outcome of [this.lost, this.#state.promise]) outcome.catch(() => {});
    this.ended = channel.closed.then(() => {
      this.draining = 0;
      this.#lose('the process to take over from is gone');
    });
    channel.listen((message, handle) => {
      if (isPredecessorMessage(message)) this.#hear(message, handle);
    });
    this.#say({ type: 'hello', protocol: HANDOVER_PROTOCOL, version, pid });
    if (protocol === HANDOVER_PROTOCOL) return;
    this.#lose(`the process to take over from speaks hand-over ${protocol}, and this one ${HANDOVER_PROTOCOL}`);
  }

  readonly isOver = (): boolean => this.#isOver;

  readonly claim = (capture: CaptureType): Promise<HandedOn> => {
    this.#say({ type: 'claim', capture });
    return Promise.race([this.#state.promise, this.lost]);
  };

  /** For the socket exchange. */
  readonly take = async (name: string): Promise<SendHandle | undefined> => {
    if (this.#isLost) return undefined;
    const wanted = Promise.withResolvers<SendHandle | undefined>();
    this.#wanted.set(name, wanted);
    this.#say({ type: 'take', name });
    return wanted.promise;
  };

  /** We serve: resolves when it has let go. */
  serving(): Promise<void> {
    this.#say({ type: 'serving' });
    return Promise.race([this.#released.promise, this.lost]);
  }

  /** Whoever watches over us watches us, and no more it: it may end. */
  main(): void {
    this.#say({ type: 'main' });
  }

  /** We cannot take over. Resolves when it knows. */
  fail(reason: string): Promise<void> {
    return this.#say({ type: 'failed', reason });
  }

  /** We stop: it should end too, within `graceMs`. */
  stop(graceMs: number): void {
    this.#say({ type: 'stop', graceMs });
  }

  #say(message: SuccessorMessage): Promise<void> {
    return this.#channel.send(message);
  }

  #hear(message: PredecessorMessage, handle: SendHandle): void {
    if (message.type === 'given') this.#given(message.name, handle);
    else if (message.type === 'state') this.#stateCame(message);
    else if (message.type === 'interventions') this.#interventions.push(message);
    else if (message.type === 'lent') this.#lent.push(message);
    else if (message.type === 'refused') this.#lose(message.reason);
    else if (message.type === 'draining') this.draining = message.flows;
    else if (message.type === 'reply') {
      this.carry(message.frontend, Buffer.from(message.data, 'base64'), message.port, message.address);
    } else {
      this.#isOver = true;
      this.#released.resolve();
    }
  }

  #given(name: string, handle: SendHandle): void {
    this.#wanted.get(name)?.resolve(handle);
    this.#wanted.delete(name);
  }

  #stateCame(part: StateMessage): void {
    this.#parts.push(part);
    if (!part.last) return;
    this.#state.resolve({
      affinity: this.#parts.flatMap(({ affinity }) => affinity),
      suspects: this.#parts.flatMap(({ suspects }) => suspects),
      quarantine: this.#parts.flatMap(({ quarantine }) => quarantine),
      udpFlows: this.#parts.flatMap(({ udpFlows }) => udpFlows),
      overrides: this.#interventions.flatMap(({ overrides }) => overrides),
      faults: this.#interventions.flatMap(({ faults }) => faults),
      lent: this.#lent.flatMap(({ sockets }) => sockets.map(({ name }) => name)),
    });
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isLost = true;
    for (const wanted of this.#wanted.values()) wanted.resolve(undefined);
    this.#wanted.clear();
    this.#lost.reject(new SvclaneError('SVL_HANDOVER', reason));
  }
}
