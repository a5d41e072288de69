/**
 * Listening sockets: those of one TCP listener, all at one address.
 *
 *   open ──▶ [ first ] ──many clients at once──▶ [ first ][ extra ] … [ extra ] ──▶ close
 *
 * Node.js accepts one client of a socket in each turn of its event loop. With a thousand busy connections a turn takes
 * 10 ms and more, and clients would come in at a hundred a second, however idle the processor is otherwise. So a listener
 * that many clients come to gets further sockets at its address, over which the kernel spreads them (SO_REUSEPORT).
 *
 * Workers of one process have a socket each in the first place, and open the extra ones all at a time: the kernel deals by
 * sockets.
 *
 * Who waits in the queue of a socket is lost with it. Extra sockets therefore stay until the first one is closed, and pass
 * to a successor together with it.
 */

import { createServer, type ListenOptions, Server, type ServerOpts, type Socket } from 'node:net';
import { type SocketDescriptor, socketName } from '../lib/socket-exchange.ts';
import type { Binding } from '../model/capture.ts';
import { isDescriptorError } from './accept-gate.ts';
import type { Companions } from './companions.ts';
import { ListeningServer, type ServerOwner } from './listening-server.ts';
import type { ProxyContext } from './proxy-context.ts';

/** The kernel takes the smaller of this and `net.core.somaxconn`. */
const BACKLOG = 4096;

/** With eight sockets a thousand clients are in within seconds also where a turn takes 20 ms. */
const MAX_EXTRA = 7;
/** So many clients within the time below are many. */
const MANY_CLIENTS = 32;
const MANY_WITHIN_MS = 1_000;

/** Elsewhere sockets of one address take turns, or do not share it at all. */
const CAN_SHARE = process.platform === 'linux';

/** Keep-alive comes later, for those that stay: `TcpFlow.keepAlive`. */
const SERVER_OPTIONS: ServerOpts = { pauseOnConnect: true, allowHalfOpen: true, noDelay: true };

const NONE: readonly Server[] = [];

/** What they need of the listener set. */
export type ListeningContext = Pick<ProxyContext, 'clock' | 'gate' | 'sockets'> &
  Partial<Pick<ProxyContext, 'companions'>>;

/** The sockets of one listener. They may be opened and closed many times. */
export class ListeningSockets implements ServerOwner {
  readonly #context: ListeningContext;
  readonly #accept: (client: Socket) => void;
  /** The first one, then the extra ones. */
  #servers: readonly Server[] = NONE;
  #name = '';
  #owner = '';
  #binding: Binding = { address: '', port: 0 };
  #recent = 0;
  #sinceMs = 0;
  /** Clients that came, since the making. */
  accepted = 0;

  /** `accept` is called with every client, paused. */
  constructor(context: ListeningContext, accept: (client: Socket) => void) {
    this.#context = context;
    this.#accept = accept;
  }

  get isOpen(): boolean {
    return this.#servers.length > 0;
  }

  /** Whether a successor has them too. */
  get isTaken(): boolean {
    return this.#context.sockets.wasGiven(this.#name);
  }

  /**
   * Binds, or goes on with the socket of a predecessor; tells where that is. `owner` tells sockets at any free port apart.
   * Rejects with the system's error; nothing is left open then.
   */
  async open(binding: Binding, owner: string): Promise<Binding> {
    this.#owner = owner;
    this.#name = socketName('TCP', binding, owner);
    const server = (await this.#inherit(this.#name, binding)) ?? (await this.#bind(binding));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : binding.port;
    this.#binding = { address: binding.address, port };
    this.#recent = 0;
    this.#add(server);
    return this.#binding;
  }

  /** Takes the extra sockets of a predecessor, after `open`. */
  async inheritExtra(): Promise<void> {
    const { sockets } = this.#context;
    const [first] = this.#servers;
    while (sockets.inherits && this.#servers.length <= MAX_EXTRA) {
      const server = await this.#inherit(this.#nameOf(this.#servers.length), this.#binding);
      if (server === undefined) return;
      this.#context.gate.extraOpened();
      if (!this.#addExtra(server, first)) return;
    }
  }

  close(): void {
    const { sockets, gate } = this.#context;
    for (const [index, server] of this.#servers.entries()) {
      sockets.remove(this.#nameOf(index), server);
      server.close();
      if (index > 0) gate.extraClosed();
    }
    this.#servers = NONE;
  }

  clientCame(client: Socket): void {
    this.accepted += 1;
    if (this.#servers.length === 1) this.#count();
    this.#accept(client);
  }

  acceptFailed(error: NodeJS.ErrnoException): void {
    if (isDescriptorError(error)) this.#context.gate.shut(error.code ?? '');
  }

  /** Goes on with the socket of a predecessor. `undefined` = it has none of this name. */
  async #inherit(name: string, binding: Binding): Promise<ListeningServer | undefined> {
    const { sockets } = this.#context;
    const inherited = sockets.inherits ? await sockets.take(name) : undefined;
    const server = new ListeningServer(SERVER_OPTIONS, this);
    if (inherited instanceof Server) await listening(server, inherited);
    else if (inherited === undefined || !('descriptor' in inherited)) return undefined;
    else if (!(await listensAt(server, inherited, binding))) return undefined;
    return server;
  }

  async #bind(binding: Binding): Promise<ListeningServer> {
    const server = new ListeningServer(SERVER_OPTIONS, this);
    await bind(server, binding, this.#context.companions);
    return server;
  }

  /** In the turn in which it began to listen: who asks for it a turn later must find it. */
  #add(server: ListeningServer): void {
    this.#context.sockets.add(this.#nameOf(this.#servers.length), server);
    this.#servers = this.isOpen ? [...this.#servers, server] : [server];
    server.watchErrors();
  }

  /** `false` = the first one was closed meanwhile, and this one too. */
  #addExtra(server: ListeningServer, first: Server | undefined): boolean {
    const isWanted = first !== undefined && this.#servers[0] === first;
    if (isWanted) {
      this.#add(server);
    } else {
      server.close();
      this.#context.gate.extraClosed();
    }
    return isWanted;
  }

  #nameOf(index: number): string {
    return index === 0 ? this.#name : `${this.#name} +${index}`;
  }

  /** Of the only socket. Where it cannot have others, it asks again at every so many clients. */
  #count(): void {
    const { clock, companions } = this.#context;
    if (this.#recent === 0) this.#sinceMs = clock.monotonic();
    this.#recent += 1;
    if (this.#recent < MANY_CLIENTS) return;
    this.#recent = 0;
    if (clock.monotonic() - this.#sinceMs >= MANY_WITHIN_MS) return;
    if (companions === undefined) void this.widen();
    else companions.crowded(this.#owner);
  }

  /**
   * Opens the extra sockets, where there is a first one. During a hand-over nothing is opened: a socket that only one of both
   * processes has could be lost.
   */
  async widen(): Promise<void> {
    const { sockets, gate, companions } = this.#context;
    const [first] = this.#servers;
    if (!CAN_SHARE || first === undefined || this.isTaken || sockets.inherits) return;
    const most = companions?.extraSockets ?? MAX_EXTRA;
    while (this.#servers.length <= most && gate.admitExtra()) {
      const server = new ListeningServer(SERVER_OPTIONS, this);
      try {
        await listening(server, { ...optionsOf(this.#binding), reusePort: true });
      } catch {
        // An older predecessor's socket does not share its address, or descriptors are short: it works without.
        gate.extraClosed();
        return;
      }
      if (!this.#addExtra(server, first)) return;
    }
  }
}

/**
 * Binds. Sockets that share an address do not notice one another, whatever process of this user they belong to: one that
 * does not share has to succeed first, so that an address in use is an error. Between the two there is no turn of the event
 * loop: another process is missed only where it does all of this within those microseconds. Where main has the socket already
 * there is nothing to find out.
 */
async function bind(server: Server, binding: Binding, companions: Companions | undefined): Promise<void> {
  const options = optionsOf(binding);
  if (!CAN_SHARE) return listening(server, options);
  if (companions?.isHelper !== true && binding.port !== 0) {
    await companions?.vacated();
    const probe = createServer();
    await listening(probe, options);
    probe.close();
  }
  return listening(server, { ...options, reusePort: true });
}

function optionsOf({ address, port }: Binding): ListenOptions {
  return { host: address, port, backlog: BACKLOG, exclusive: true, ipv6Only: address.includes(':') };
}

/** A descriptor that is not, or no longer, a socket which listens there is closed: `false`. */
async function listensAt(
  server: Server,
  { descriptor }: SocketDescriptor,
  { address, port }: Binding,
): Promise<boolean> {
  try {
    await listening(server, { fd: descriptor });
  } catch {
    return false;
  }
  const bound = server.address();
  const isThere = bound !== null && typeof bound === 'object' && bound.address === address && bound.port === port;
  if (!isThere) server.close();
  return isThere;
}

/** Resolves in the same turn of the event loop. */
function listening(server: Server, where: ListenOptions | Server | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const bound = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (where instanceof Server || 'fd' in where) server.listen(where, BACKLOG, bound);
    else server.listen(where, bound);
  });
}
