/**
 * Web socket link: sends the messages of a session on a WebSocket.
 *
 *   message  |.....room.....|frames…|
 *   framed        |head|frames…|        written to the TLS socket as it is, in one piece
 *
 * `ws` writes head and payload apart, and a TLS socket of Node copies what is written in pieces together. Within TLS, where
 * masks are zeros, the head is put in front of the frames instead, and the socket is written to by ourselves: `ws` writes
 * whole messages too, so that both may. One message is under way at a time, for several that wait would be copied together as
 * well. Outside of TLS messages are masked, and all is left to `ws`.
 *
 * Source: RFC 6455, section 5.2.
 */

import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { MessageLink } from './message-link.ts';
import { ROOM_BYTES } from './open-message.ts';

const BINARY_MESSAGE = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** A length is told in the second byte up to this, then by two bytes more, then by eight. */
const SHORT = 125;
const TWO_BYTES = 0xffff;

/** `socket` is what is below a WebSocket within TLS; `undefined` = there is no TLS. */
export function webSocketLink(webSocket: WebSocket, socket: Socket | undefined): MessageLink {
  const backlog = (): number => webSocket.bufferedAmount;
  if (socket === undefined) {
    const send: MessageLink['send'] = (message, sent) => webSocket.send(message.subarray(ROOM_BYTES), sent);
    return { backlog, send, isBusy: () => false };
  }
  let underWay = 0;
  return {
    backlog,
    isBusy: () => underWay > 0,
    send(message, sent) {
      underWay += 1;
      const done = (): void => {
        underWay -= 1;
        sent();
      };
      if (webSocket.readyState === WebSocket.OPEN) socket.write(framed(message), done);
      else setImmediate(done);
    },
  };
}

/** The message with its head, which is put into the room ahead of it. */
function framed(message: Buffer): Buffer {
  const length = message.length - ROOM_BYTES;
  const lengthBytes = length <= SHORT ? 0 : length <= TWO_BYTES ? 2 : 8;
  const start = ROOM_BYTES - MASK_BYTES - lengthBytes - 2;
  message.writeUInt8(BINARY_MESSAGE, start);
  message.writeUInt8(MASKED | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127), start + 1);
  if (lengthBytes === 2) message.writeUInt16BE(length, start + 2);
  if (lengthBytes === 8) message.writeBigUInt64BE(BigInt(length), start + 2);
  message.fill(0, ROOM_BYTES - MASK_BYTES, ROOM_BYTES);
  return message.subarray(start);
}
