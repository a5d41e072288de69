/**
 * What an agent does in its network namespace on behalf of a test.
 *
 * An agent is a process that serves and dials there; the test tells it what to do by messages. Results are plain data.
 */

/** An address and a port. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What failed, as errno code (`ECONNREFUSED`, …), `timeout`, or `closed` for an end before an answer. */
export interface Failure {
  readonly error: string;
}

/** A connection to one of our backends: which one it is, and which client address it sees. */
export interface Greeting {
  readonly connection: number;
  readonly identity: string;
  readonly client: string;
}

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM; the certificate must be signed by it. */
  readonly ca?: string;
  /** A unix socket to speak through; `url` gives host and path still. */
  readonly socketPath?: string;
  /** Binds this address. */
  readonly localAddress?: string;
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How new connections fared that were made one after the other. */
export interface TrafficReport {
  readonly connections: number;
  readonly failures: readonly string[];
  /** Connections by the backend that took them. */
  readonly byIdentity: Readonly<Record<string, number>>;
}

/** Every operation: parameters to result. Ids belong to the one agent that gave them out. */
export interface AgentOperations {
  /** A TCP backend: greets with `identity client-address`, then answers each line with `identity line`. */
  serveTcp(parameters: { address: string; port: number; identity: string }): Promise<{ port: number }>;
  /** A UDP backend: answers each datagram with `identity text`. */
  serveUdp(parameters: { address: string; port: number; identity: string }): Promise<{ port: number }>;
  /** Ends what `serveTcp` and `serveUdp` opened at this port, with all its connections. */
  unserve(parameters: { port: number }): Promise<void>;
  connect(parameters: Target & { localAddress?: string; timeoutMs?: number }): Promise<Greeting | Failure>;
  /** Sends a line over an open connection and waits for the answer. */
  ask(parameters: { connection: number; line: string; timeoutMs?: number }): Promise<{ answer: string } | Failure>;
  disconnect(parameters: { connection: number }): Promise<void>;
  /** A UDP socket connected to one target: the kernel lets no answer from another address in. */
  openUdp(parameters: Target & { localAddress?: string }): Promise<{ socket: number }>;
  askUdp(parameters: {
    socket: number;
    text: string;
    timeoutMs?: number;
  }): Promise<{ identity: string; text: string } | Failure>;
  closeUdp(parameters: { socket: number }): Promise<void>;
  /** New connections, one after the other, with a pause between, until `stopTraffic`. */
  startTraffic(parameters: Target & { everyMs: number }): Promise<{ traffic: number }>;
  stopTraffic(parameters: { traffic: number }): Promise<TrafficReport>;
  request(parameters: HttpRequest): Promise<HttpResponse>;
}
