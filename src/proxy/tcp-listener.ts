/**
 * TCP listener: accepts the clients of one frontend.
 */

import { createServer, type ListenOptions, type Server, type ServerOpts } from 'node:net';
import type { Binding } from '../model/capture.ts';
import type { Route } from '../model/route.ts';
import { isDescriptorError } from './accept-gate.ts';
import type { Listener } from './listener.ts';
import type { ProxyContext } from './proxy-context.ts';
import { TcpFlow, type TcpFlowTarget } from './tcp-flow.ts';
import { WaitingRoom } from './waiting-room.ts';

/** The kernel takes the smaller of this and `net.core.somaxconn`. */
const BACKLOG = 4096;

const SERVER_OPTIONS: ServerOpts = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
};

/** The listener of a TCP frontend. Flows outlive it, but for clients that wait for an endpoint. */
export class TcpListener implements Listener, TcpFlowTarget {
  route: Route;
  connections = 0;
  bound: Binding | undefined;
  readonly waiting: WaitingRoom;
  readonly #context: ProxyContext;
  #server: Server | undefined;

  constructor(context: ProxyContext, route: Route) {
    this.#context = context;
    this.route = route;
    this.waiting = new WaitingRoom(context.clock);
  }

  async open(binding: Binding): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer(SERVER_OPTIONS, (client) => new TcpFlow(this.#context, this, client).open());
    await listening(server, binding);
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (isDescriptorError(error)) this.#context.gate.shut(error.code ?? '');
    });
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : binding.port;
    this.#server = server;
    this.bound = { address: binding.address, port };
  }

  retarget(route: Route): void {
    this.route = route;
    this.waiting.wake();
  }

  release(): void {
    this.#server?.close();
    this.#server = undefined;
    this.bound = undefined;
    this.waiting.clear();
  }

  remove(): void {
    this.release();
  }
}

function listening(server: Server, { address, port }: Binding): Promise<void> {
  const options: ListenOptions = { host: address, port, backlog: BACKLOG, exclusive: true };
  if (address.includes(':')) options.ipv6Only = true;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
