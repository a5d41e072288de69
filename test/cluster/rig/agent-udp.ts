/**
 * The agent's UDP: backends that say who they are, and clients.
 */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { AgentOperations, Failure } from './agent-operations.ts';
import { failureOf } from './failure.ts';

type UdpOperations = Pick<AgentOperations, 'serveUdp' | 'openUdp' | 'askUdp' | 'closeUdp'> & {
  unserveUdp(port: number): Promise<void>;
};

const TIMEOUT_MS = 1000;

/** The operations of {@link AgentOperations} that are about UDP. */
export function createUdpOperations(): UdpOperations {
  const servers = new Map<number, Socket>();
  const clients = new Map<number, Socket>();
  let lastId = 0;
  return {
    async serveUdp({ address, port, identity }) {
      const socket = createUdp(address);
      socket.on('message', (text, from) => socket.send(`${identity} ${text}`, from.port, from.address));
      socket.on('error', () => {}); // a client that has gone
      socket.bind(port, address);
      await once(socket, 'listening');
      const bound = socket.address().port;
      servers.set(bound, socket);
      return { port: bound };
    },
    async unserveUdp(port) {
      servers.get(port)?.close();
      servers.delete(port);
    },
    async openUdp({ host, port, localAddress }) {
      const socket = createUdp(host);
      socket.on('error', () => {}); // each question looks for its own
      if (localAddress !== undefined) socket.bind(0, localAddress);
      socket.connect(port, host);
      await once(socket, 'connect');
      lastId += 1;
      clients.set(lastId, socket);
      return { socket: lastId };
    },
    async askUdp({ socket: id, text, timeoutMs = TIMEOUT_MS }) {
      const socket = clients.get(id);
      return socket ? askOver(socket, text, timeoutMs) : { error: 'closed' };
    },
    async closeUdp({ socket }) {
      clients.get(socket)?.close();
      clients.delete(socket);
    },
  };
}

function createUdp(address: string): Socket {
  return createSocket(isIPv6(address) ? 'udp6' : 'udp4');
}

async function askOver(
  socket: Socket,
  text: string,
  timeoutMs: number,
): Promise<{ identity: string; text: string } | Failure> {
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) });
  socket.send(text);
  try {
    const [message] = await answer;
    const [identity = '', ...rest] = String(message).split(' ');
    return { identity, text: rest.join(' ') };
  } catch (error) {
    return failureOf(error);
  }
}
