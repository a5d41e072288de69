/**
 * Channel connection: one connection to a pod's port on a WebSocket of its own, where the server has no tunnels.
 *
 * The first byte of each message is its channel: 0 data, 1 error; the first two bytes on each channel are the port. There
 * is no FIN of either side but the end of the WebSocket, which comes with an error message before it or without.
 *
 * Source: k8s.io/cri-streaming, portforward, `v4.channel.k8s.io`.
 */

import type { WebSocket } from 'ws';
import type { Clock } from '../../lib/clock.ts';
import type { PortDial } from './port-dial.ts';
import { type Carrier, type FinTimings, PortStream } from './port-stream.ts';
import { cutOff, streamFailure } from './transport-error.ts';

const DATA = 0;
const PORT_BYTES = 2;
const NORMAL_CLOSURE = 1000;
const BACKLOG_BYTES = 524_288;

/** One connection; it owns its WebSocket. `ended` is called once. */
export class ChannelConnection implements Carrier {
  readonly #webSocket: WebSocket;
  readonly #dial: PortDial;
  readonly #stream: PortStream;
  readonly #ended: () => void;
  /** Bytes of the port number that have not come, by channel. */
  readonly #portLeft: [data: number, error: number] = [PORT_BYTES, PORT_BYTES];
  #errorText = '';

  constructor(webSocket: WebSocket, dial: PortDial, clock: Clock, fin: FinTimings, ended: () => void) {
    this.#webSocket = webSocket;
    this.#dial = dial;
    this.#ended = ended;
    this.#stream = new PortStream(this, clock, fin);
    this.#stream.on('error', () => {});
    // The streams are asked for by the WebSocket itself.
    dial.sent(this.#stream, dial.startedMs, () => this.#stream.destroy());
    webSocket.on('message', (message) => {
      if (Buffer.isBuffer(message)) this.#take(message);
    });
    webSocket.on('error', (error) => this.#over(error));
    webSocket.on('close', (code) => this.#over(code === NORMAL_CLOSURE ? undefined : cutOff(`closed with ${code}`)));
    webSocket.resume();
  }

  /** Ends it with an error. */
  close(): void {
    this.#over(cutOff('the transport was closed'));
  }

  write(bytes: Buffer, done: () => void): void {
    const message = Buffer.allocUnsafe(bytes.length + 1);
    message.writeUInt8(DATA, 0);
    bytes.copy(message, 1);
    const isShort = this.#webSocket.bufferedAmount < BACKLOG_BYTES;
    this.#webSocket.send(message, isShort ? undefined : done);
    if (isShort) done();
  }

  /** What is sent here is kept until it is out. */
  takeNow(): number {
    return 0;
  }

  awaitRoom(): boolean {
    return false;
  }

  /** The WebSocket's end is the only FIN there is, and it ends both sides: it is sent when nothing is expected. */
  end(): void {
    this.#webSocket.close(NORMAL_CLOSURE);
  }

  consumed(): void {}

  holds(bytes: number): void {
    if (bytes > 0) this.#webSocket.pause();
    else this.#webSocket.resume();
  }

  release(isBroken: boolean): void {
    if (isBroken) this.#webSocket.terminate();
    else this.#webSocket.close(NORMAL_CLOSURE);
    this.#ended();
  }

  #take(message: Buffer): void {
    const isData = message[0] === DATA;
    const portBytes = Math.min(this.#portLeft[isData ? 0 : 1], message.length - 1);
    this.#portLeft[isData ? 0 : 1] -= portBytes;
    if (portBytes > 0 && this.#portLeft[0] + this.#portLeft[1] === 0) this.#dial.accepted();
    const bytes = message.subarray(1 + portBytes);
    if (bytes.length === 0) return;
    if (isData) {
      this.#dial.answered();
      this.#stream.received(bytes);
    } else {
      this.#errorText += bytes.toString();
      this.#over(streamFailure(this.#errorText));
    }
  }

  #over(cause: Error | undefined): void {
    if (cause === undefined) {
      this.#dial.answered();
      this.#stream.ended();
      return;
    }
    const error = this.#errorText === '' ? cutOff(cause.message, cause) : streamFailure(this.#errorText);
    if (this.#dial.isOpen) this.#stream.destroy();
    else this.#stream.failed(error);
    this.#dial.failed(error);
  }
}
