/**
 * SPDY connection: one connection to a pod's port in a session, as kubectl makes it: an error stream, that we send
 * nothing on, and a data stream.
 *
 * What the pod did is known when both have ended: the error stream tells whether the end of the data was a good one.
 *
 * Source: k8s.io/cri-streaming, portforward: headers `streamtype`, `port`, `requestID`.
 */

import type { Clock, Timer } from '../../lib/clock.ts';
import type { PortDial } from './port-dial.ts';
import { type Carrier, type FinTimings, PortStream } from './port-stream.ts';
import type { SpdySession, StreamReceiver } from './spdy-session.ts';
import { cutOff, streamFailure, type TransportError } from './transport-error.ts';

/** What a connection needs of its tunnel. */
export interface ConnectionHost {
  readonly session: SpdySession;
  readonly clock: Clock;
  readonly finTimings: FinTimings;
  /** A user holds so many bytes back; 0 = not any more. */
  holds(connection: SpdyConnection, bytes: number): void;
  closed(connection: SpdyConnection): void;
  /** The dial was given up before the server had answered, or has waited long: whether the server is there is asked. */
  doubt(): void;
  /** The server was asked, and is silent. */
  readonly isDoubted: boolean;
  /** How long a dial waits before the server is doubted. */
  readonly unansweredMs: number;
  /** The dial is to be made otherwise: the server did not answer, and nothing of the client was sent. */
  again(dial: PortDial): void;
}

const MAX_ERROR_BYTES = 4096;
/** The end of the error stream follows that of the data at once; a server that forgets it is not waited for. */
const ERROR_STREAM_MS = 1000;

/** One connection. It ends by itself; `stream` is the user's side of it. */
export class SpdyConnection implements Carrier {
  readonly stream: PortStream;
  readonly startedMs: number;
  readonly #host: ConnectionHost;
  readonly #dial: PortDial;
  readonly #errorStreamId: number;
  readonly #dataStreamId: number;
  #errorText = '';
  #errorEnded = false;
  #dataEnded = false;
  #isSettled = false;
  #isAccepted = false;
  #errorWait: Timer | undefined;
  #answerWait: Timer | undefined;

  constructor(host: ConnectionHost, dial: PortDial, requestId: number) {
    this.#host = host;
    this.#dial = dial;
    this.stream = new PortStream(this, host.clock, host.finTimings);
    // The user's own listeners come with the stream; before and after, an error has nobody to go to.
    this.stream.on('error', () => {});
    const headers = { port: String(dial.port), requestid: String(requestId) };
    const { session } = host;
    this.#errorStreamId = session.open({ ...headers, streamtype: 'error' }, true, this.#errorReceiver());
    this.#dataStreamId = session.open({ ...headers, streamtype: 'data' }, false, this.#dataReceiver());
    this.startedMs = host.clock.monotonic();
    dial.sent(this.stream, this.startedMs, () => {
      this.stream.destroy();
      if (!this.#isAccepted) host.doubt();
    });
    this.#awaitAnswer();
  }

  /** How many bytes wait for the user. */
  get held(): number {
    return this.stream.readableLength;
  }

  /** The user does not read, and others wait for it. */
  stalled(): void {
    this.#break(cutOff('the connection was given up: it held up others on its tunnel, and was not read'));
  }

  write(bytes: Buffer, done: () => void): void {
    this.#host.session.write(this.#dataStreamId, bytes, done);
  }

  takeNow(bytes: Uint8Array): number {
    return this.#host.session.takeNow(this.#dataStreamId, bytes);
  }

  awaitRoom(free: () => void): boolean {
    return this.#host.session.awaitRoom(free);
  }

  end(): void {
    this.#host.session.end(this.#dataStreamId);
  }

  consumed(bytes: number): void {
    this.#host.session.consumed(this.#dataStreamId, bytes);
  }

  holds(bytes: number): void {
    this.#host.holds(this, bytes);
  }

  release(isBroken: boolean): void {
    this.#isSettled = true;
    this.#errorWait?.cancel();
    this.#answerWait?.cancel();
    if (isBroken) this.#host.session.reset(this.#dataStreamId);
    if (!this.#errorEnded) this.#host.session.reset(this.#errorStreamId);
    this.#host.closed(this);
  }

  #dataReceiver(): StreamReceiver {
    return {
      accepted: () => {
        this.#isAccepted = true;
        this.#answerWait?.cancel();
        this.#dial.accepted();
      },
      received: (bytes) => {
        this.#dial.answered();
        this.stream.received(bytes);
      },
      ended: () => {
        this.#dataEnded = true;
        this.#errorWait = this.#host.clock.setTimer(() => this.#finish(), ERROR_STREAM_MS);
        if (this.#errorEnded) this.#finish();
      },
      reset: (error) => this.#break(cutOff(this.#errorText || 'the pod connection was reset', error)),
    };
  }

  #errorReceiver(): StreamReceiver {
    const ended = (): void => {
      this.#errorEnded = true;
      if (this.#dataEnded || this.#errorText !== '') this.#finish();
    };
    return {
      accepted: () => {},
      received: (bytes) => {
        if (this.#errorText.length < MAX_ERROR_BYTES) this.#errorText += bytes.toString();
      },
      ended,
      reset: (error) => (error === undefined ? ended() : this.#break(cutOff(error.message, error))),
    };
  }

  /** A tunnel that died unseen, as they do while a laptop sleeps, is not waited for until the client gives up. */
  #awaitAnswer(): void {
    const { clock, unansweredMs } = this.#host;
    this.#answerWait = clock.setTimer(() => {
      if (this.#host.isDoubted) {
        this.stream.destroy();
        this.#host.again(this.#dial);
      } else {
        this.#host.doubt();
        this.#awaitAnswer();
      }
    }, unansweredMs);
  }

  #finish(): void {
    if (this.#isSettled) return;
    if (this.#errorText !== '') {
      this.#break(streamFailure(this.#errorText));
      return;
    }
    this.#isSettled = true;
    this.#errorWait?.cancel();
    this.#dial.answered();
    this.stream.ended();
  }

  #break(error: TransportError): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#errorWait?.cancel();
    this.#answerWait?.cancel();
    if (this.#dial.isOpen) this.stream.destroy();
    else this.stream.failed(error);
    this.#dial.failed(error);
  }
}
