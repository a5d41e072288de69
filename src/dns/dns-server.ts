/**
 * The DNS server of a laptop: answers for the names of the cluster, on UDP and TCP at one port.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { errnoOf, SvclaneError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { formatHostPort } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';
import { listenHint } from '../model/listen-hint.ts';
import type { NameSource } from '../routing/names/resolve-name.ts';
import { createDnsForwarder } from './dns-forwarder.ts';
import { createDnsResponder, type DnsResponder } from './dns-responder.ts';
import { createDnsTcpServer } from './dns-tcp-server.ts';

/** Questions by UDP that wait for another name server; more are dropped, and their clients ask again. */
const MAX_PENDING = 1024;
/** Free ports that are tried until one is free for UDP and TCP. */
const MAX_PORTS = 10;

/** What the server is made of. */
export interface DnsServerOptions {
  /** Port 0 = any that is free for both. */
  readonly listen: Binding;
  /** Asked anew for each question. */
  readonly names: () => Omit<NameSource, 'nameServers'>;
  /** A name server for all that is not of the cluster. Absent = such questions are refused. */
  readonly forward?: Binding;
  readonly clock: Clock;
}

/** The server. `close` is idempotent, and ends questions that wait. */
export interface DnsServer extends AsyncDisposable {
  /** Binds both sockets; resolves with where. Throws `SVL_LISTEN`, and `SVL_CONFIG_INVALID` where it would ask itself. */
  open(): Promise<Binding>;
  close(): Promise<void>;
}

/** Creates a server; nothing is bound before `open`. */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  return new NamesServer(options);
}

class NamesServer implements DnsServer {
  readonly #options: DnsServerOptions;
  readonly #forwarder: ReturnType<typeof createDnsForwarder> | undefined;
  readonly #respond: DnsResponder;
  readonly #clients = new Set<Socket>();
  #bound: Binding | undefined;
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;
  #pending = 0;

  constructor(options: DnsServerOptions) {
    this.#options = options;
    this.#forwarder = options.forward && createDnsForwarder(options.forward, options.clock);
    const names = (): NameSource => ({ ...options.names(), nameServers: this.#nameServers });
    this.#respond = createDnsResponder({ names, forwarder: this.#forwarder });
  }

  async open(): Promise<Binding> {
    const { listen, forward } = this.#options;
    if (forward && forward.port === listen.port && forward.address === listen.address) {
      const message = `the name server at ${formatHostPort(forward.address, forward.port)} would ask itself`;
      throw new SvclaneError('SVL_CONFIG_INVALID', message, {
        hint: 'forward to the name server that was there before',
      });
    }
    for (let tries = 1; ; tries++) {
      try {
        this.#bound = await this.#bind(listen);
        return this.#bound;
      } catch (error) {
        await this.#release();
        const mayRetry = listen.port === 0 && tries < MAX_PORTS && errnoOf(error) === 'EADDRINUSE';
        if (!mayRetry) throw listenError(listen, error);
      }
    }
  }

  async close(): Promise<void> {
    this.#forwarder?.close();
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #nameServers(): readonly string[] {
    const address = this.#bound?.address ?? '';
    return address === '' || address === '0.0.0.0' || address === '::' ? [] : [address];
  }

  async #bind({ address, port }: Binding): Promise<Binding> {
    const isV6 = address.includes(':');
    const udp = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6, reuseAddr: false });
    this.#udp = udp;
    await settled(udp, (done) => udp.bind({ address, port, exclusive: true }, done));
    const bound = { address, port: udp.address().port };
    const tcp = createDnsTcpServer(this.#respond, this.#options.clock, this.#clients);
    this.#tcp = tcp;
    await settled(tcp, (done) =>
      tcp.listen({ host: address, port: bound.port, ipv6Only: isV6, exclusive: true }, done),
    );
    // A client that is gone, or a kernel short of buffers: there is nobody to tell, and the next question is served.
    udp.on('error', () => {});
    tcp.on('error', () => {});
    udp.on('message', (message, client) => this.#answer(message, { address: client.address, port: client.port }));
    return bound;
  }

  #answer(message: Buffer, { address, port }: Binding): void {
    if (this.#pending >= MAX_PENDING) return;
    this.#pending += 1;
    const done = (): void => {
      this.#pending -= 1;
    };
    const sent = this.#respond(message, false).then((reply) => {
      if (reply !== undefined && this.#bound !== undefined) this.#udp?.send(reply, port, address, () => {});
    });
    sent.then(done, done);
  }

  async #release(): Promise<void> {
    const [udp, tcp] = [this.#udp, this.#tcp];
    this.#udp = undefined;
    this.#tcp = undefined;
    this.#bound = undefined;
    for (const client of this.#clients) client.destroy();
    await Promise.all([closed(udp), closed(tcp)]);
  }
}

interface Opening {
  once(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

function settled(socket: Opening, open: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    open(() => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function closed(socket: { close(done: () => void): unknown } | undefined): Promise<void> {
  return new Promise((resolve) => {
    try {
      if (socket) socket.close(() => resolve());
      else resolve();
    } catch {
      // It was never open.
      resolve();
    }
  });
}

function listenError({ address, port }: Binding, cause: unknown): SvclaneError {
  const errno = errnoOf(cause) ?? 'EIO';
  const message = `cannot listen on ${formatHostPort(address, port)} for DNS: ${errno}`;
  const hint = listenHint(errno, address);
  const facts = { address, port, errno };
  return new SvclaneError('SVL_LISTEN', message, { cause, facts, ...(hint !== undefined && { hint }) });
}
