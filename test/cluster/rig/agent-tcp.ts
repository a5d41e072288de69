/**
 * The agent's TCP: backends that say who they are, and clients.
 */

import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentOperations, Failure, Target, TrafficReport } from './agent-operations.ts';
import { failureOf } from './failure.ts';

type TcpOperations = Pick<
  AgentOperations,
  'serveTcp' | 'connect' | 'ask' | 'disconnect' | 'startTraffic' | 'stopTraffic'
> & { unserveTcp(port: number): Promise<void> };

interface Client {
  readonly socket: Socket;
  readonly lines: AsyncIterator<string>;
}

const TIMEOUT_MS = 3000;

/** The operations of {@link AgentOperations} that are about TCP. */
export function createTcpOperations(): TcpOperations {
  const servers = new Map<number, { server: Server; sockets: Set<Socket> }>();
  const clients = new Map<number, Client>();
  const traffic = new Map<number, { stop: AbortController; report: Promise<TrafficReport> }>();
  let lastId = 0;

  const connect: AgentOperations['connect'] = async (parameters) => {
    const opened = await open(parameters);
    if ('error' in opened) return opened;
    const greeting = await readLine(opened, parameters.timeoutMs);
    if (typeof greeting !== 'string') {
      opened.socket.destroy();
      return greeting;
    }
    const [identity = '', client = ''] = greeting.split(' ');
    lastId += 1;
    clients.set(lastId, opened);
    return { connection: lastId, identity, client };
  };

  const disconnect: AgentOperations['disconnect'] = async ({ connection }) => {
    clients.get(connection)?.socket.destroy();
    clients.delete(connection);
  };

  const keepConnecting = async (
    target: Target,
    everyMs: number,
    { signal }: AbortController,
  ): Promise<TrafficReport> => {
    const failures: string[] = [];
    const byIdentity: Record<string, number> = {};
    let connections = 0;
    while (!signal.aborted) {
      connections += 1;
      const result = await connect(target);
      if ('error' in result) failures.push(result.error);
      else {
        byIdentity[result.identity] = (byIdentity[result.identity] ?? 0) + 1;
        await disconnect(result);
      }
      await delay(everyMs);
    }
    return { connections, failures, byIdentity };
  };

  return {
    connect,
    disconnect,
    async serveTcp({ address, port, identity }) {
      const sockets = new Set<Socket>();
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        greet(socket, identity);
      });
      server.listen(port, address);
      await once(server, 'listening');
      const bound = portOf(server);
      servers.set(bound, { server, sockets });
      return { port: bound };
    },
    async unserveTcp(port) {
      const entry = servers.get(port);
      servers.delete(port);
      for (const socket of entry?.sockets ?? []) socket.resetAndDestroy();
      entry?.server.close();
    },
    async ask({ connection, line, timeoutMs }) {
      const client = clients.get(connection);
      if (!client) return { error: 'closed' };
      client.socket.write(`${line}\n`);
      const answer = await readLine(client, timeoutMs);
      return typeof answer === 'string' ? { answer } : answer;
    },
    async startTraffic({ everyMs, ...target }) {
      const stop = new AbortController();
      lastId += 1;
      traffic.set(lastId, { stop, report: keepConnecting(target, everyMs, stop) });
      return { traffic: lastId };
    },
    async stopTraffic({ traffic: id }) {
      const entry = traffic.get(id);
      if (!entry) throw new Error(`no traffic ${id}`);
      traffic.delete(id);
      entry.stop.abort();
      return entry.report;
    },
  };
}

function greet(socket: Socket, identity: string): void {
  socket.on('error', () => socket.destroy());
  socket.write(`${identity} ${socket.remoteAddress}\n`);
  const lines = createInterface({ input: socket });
  // It passes the socket's errors on: a client that resets must not end the agent.
  lines.on('error', () => {});
  lines.on('line', (line) => socket.write(`${identity} ${line}\n`));
  socket.once('end', () => socket.end());
}

async function open({
  host,
  port,
  localAddress,
  timeoutMs = TIMEOUT_MS,
}: Parameters<AgentOperations['connect']>[0]): Promise<Client | Failure> {
  const socket = dial({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    socket.destroy();
    return failureOf(error);
  }
  const lines = createInterface({ input: socket });
  return { socket, lines: lines[Symbol.asyncIterator]() };
}

/** The next line, or how the connection ended before it. */
async function readLine({ socket, lines }: Client, timeoutMs = TIMEOUT_MS): Promise<string | Failure> {
  const over = new AbortController();
  const broken = once(socket, 'error', { signal: over.signal }).then(([error]) => failureOf(error), failureOf);
  const late = delay(timeoutMs, { error: 'timeout' }, { signal: over.signal }).catch(failureOf);
  const line = lines.next().then((next): string | Failure => (next.done ? ended(socket) : next.value), failureOf);
  try {
    return await Promise.race([line, broken, late]);
  } finally {
    over.abort();
  }
}

function ended(socket: Socket): Failure {
  return socket.errored ? failureOf(socket.errored) : { error: 'closed' };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server is not bound to a port');
  return address.port;
}
