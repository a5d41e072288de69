/**
 * Forwarding: asks another name server what is not ours to answer, byte for byte.
 *
 * Each query has a socket of its own, at a port that the system chooses, and an id that nobody can foresee, so that a
 * forged reply has to guess both. A reply counts only if it repeats the question.
 */

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Binding } from '../model/capture.ts';
import { HEADER_BYTES } from './dns-query.ts';
import { withId } from './dns-reply.ts';
import { createMessageReader, framed } from './dns-stream.ts';

const TRY_TIMEOUT_MS = 2_000;
const TRIES = 2;
const MAX_PENDING = 256;

/** Asks one name server. */
export interface DnsForwarder {
  /**
   * The reply to a message, with the id of the message; `undefined` = none came, or too many are asked already.
   * `questionBytes` of it, after the header, are the question.
   */
  ask(message: Buffer, questionBytes: number, viaTcp: boolean): Promise<Buffer | undefined>;
  /** Gives up what is asked. */
  close(): void;
}

/** Makes a forwarder to a name server. Nothing is opened before it is asked. */
export function createDnsForwarder(upstream: Binding, clock: Clock): DnsForwarder {
  const pending = new Set<() => void>();

  async function ask(message: Buffer, questionBytes: number, viaTcp: boolean): Promise<Buffer | undefined> {
    const id = randomInt(0x1_0000);
    const asked = withId(message, id);
    for (let tries = 0; tries < TRIES; tries++) {
      if (pending.size >= MAX_PENDING) return undefined;
      const reply = await (viaTcp ? askByTcp : askByUdp)(asked, questionBytes);
      if (reply !== undefined) return withId(reply, message.readUInt16BE(0));
    }
    return undefined;
  }

  function askByUdp(asked: Buffer, questionBytes: number): Promise<Buffer | undefined> {
    return exchange((settle) => {
      const socket = createSocket(upstream.address.includes(':') ? 'udp6' : 'udp4');
      socket.on('error', () => settle(undefined));
      socket.on('message', (reply) => {
        if (isReplyTo(reply, asked, questionBytes)) settle(reply);
      });
      socket.connect(upstream.port, upstream.address, () => socket.send(asked));
      return () => socket.close();
    });
  }

  function askByTcp(asked: Buffer, questionBytes: number): Promise<Buffer | undefined> {
    return exchange((settle) => {
      const socket = connect({ host: upstream.address, port: upstream.port });
      const read = createMessageReader();
      socket.on('error', () => settle(undefined));
      socket.on('close', () => settle(undefined));
      socket.on('data', (chunk) => {
        for (const reply of read(chunk)) settle(isReplyTo(reply, asked, questionBytes) ? reply : undefined);
      });
      socket.write(framed(asked));
      return () => socket.destroy();
    });
  }

  /** Runs one exchange until it settles, its time is over, or all is closed. `open` gives what ends it. */
  function exchange(open: (settle: (reply: Buffer | undefined) => void) => () => void): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      let end: (() => void) | undefined;
      const settle = (reply: Buffer | undefined): void => {
        if (!pending.delete(giveUp)) return;
        timer.cancel();
        resolve(reply);
        end?.();
      };
      const giveUp = (): void => settle(undefined);
      pending.add(giveUp);
      const timer = clock.setTimer(giveUp, TRY_TIMEOUT_MS);
      end = open(settle);
    });
  }

  return {
    ask,
    close: () => {
      for (const giveUp of [...pending]) giveUp();
    },
  };
}

function isReplyTo(reply: Buffer, asked: Buffer, questionBytes: number): boolean {
  if (reply.length < HEADER_BYTES || reply.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  const isResponse = (reply.readUInt16BE(2) & 0x8000) !== 0;
  const end = HEADER_BYTES + questionBytes;
  const repeats = reply.subarray(HEADER_BYTES, end).equals(asked.subarray(HEADER_BYTES, end));
  // A server that did not understand the query repeats nothing.
  return isResponse && (repeats || reply.readUInt16BE(4) === 0);
}
