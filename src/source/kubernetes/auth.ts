/**
 * Requests to the API server with the credentials of a kubeconfig, and connections to it for what is no request.
 */

import type { Cluster, DispatcherOptions } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { errnoOf, SvclaneError } from '../../errors.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { ApiAccess, ApiConnection } from '../../model/api-access.ts';
import { connectToServer } from './api-connection.ts';
import { transportFailure } from './api-failure.ts';
import { Connections, type TlsOptions } from './connections.ts';
import { type CredentialHeaders, CredentialReader, type Credentials } from './credentials.ts';
import { ExecCredentialSource } from './exec-credential.ts';
import { type KubeTarget, type KubeTargetOptions, loadKubeTarget } from './kubeconfig.ts';

/** One request. `query` values are encoded here. `body` is sent as it is; name its type in `headers`. */
interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Until the headers have arrived; default 15 s. */
  readonly headersTimeoutMs?: number;
  /** Silence within the body, 0 = any; default 30 s. */
  readonly bodyTimeoutMs?: number;
}

/** An answer, of whatever status. The caller reads or dumps `body`. */
export interface KubeResponse {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
}

/** Access to one API server as one user. Who loads it closes it. */
export interface KubeAuth extends ApiAccess {
  /** For people: `context kind-dev, https://…`. */
  readonly description: string;
  readonly server: string;
  readonly context: string;
  /** The namespace of the context; `default` where it names none. */
  readonly namespace: string;
  /**
   * Sends a request; `path` starts with a slash and has no query. A 401 drops the credentials and is retried once with
   * new ones. Throws `SVL_API_UNREACHABLE`, `SVL_KUBECONFIG` for credentials that cannot be had, and the signal's
   * reason when aborted.
   */
  request(path: string, request?: KubeRequest): Promise<KubeResponse>;
  /** Drops cached credentials: tokens are read again, the exec plugin runs again. */
  invalidate(): void;
  /** Breaks every connection. Idempotent. */
  close(): Promise<void>;
}

export interface KubeAuthOptions extends KubeTargetOptions {
  readonly clock?: Clock;
}

/** Reads the kubeconfig; nothing is sent. Throws `SVL_KUBECONFIG` with a hint. */
export async function loadKubeAuth(options: KubeAuthOptions): Promise<KubeAuth> {
  return createKubeAuth(loadKubeTarget(options), options);
}

/** Access to a target; nothing is read or sent. */
export function createKubeAuth(target: KubeTarget, { env, clock }: Pick<KubeAuthOptions, 'env' | 'clock'>): KubeAuth {
  const plugin = target.plugin && new ExecCredentialSource(target.plugin, env, clock ?? systemClock);
  return new Access(target, new CredentialReader(target, plugin));
}

const GOAWAY_RETRIES = 3;

/** undici has no code of its own for it. */
function isGoAway(cause: unknown): boolean {
  return errnoOf(cause) === 'UND_ERR_INFO' && cause instanceof Error && cause.message.includes('GOAWAY');
}

/** What a request is sent with. `epoch` counts the times credentials were dropped. */
interface Means {
  readonly epoch: number;
  readonly headers: CredentialHeaders;
  readonly dispatcher: Dispatcher;
}

class Access implements KubeAuth {
  readonly description: string;
  readonly server: string;
  readonly context: string;
  readonly namespace: string;
  readonly #target: KubeTarget;
  readonly #reader: CredentialReader;
  readonly #connections = new Connections();
  #epoch = 0;
  #resolving: Promise<Means> | undefined;

  constructor(target: KubeTarget, reader: CredentialReader) {
    this.#target = target;
    this.#reader = reader;
    this.server = target.cluster.server;
    this.context = target.context;
    this.namespace = target.namespace;
    this.description = `${target.context === 'in-cluster' ? '' : 'context '}${target.context}, ${this.server}`;
  }

  async request(path: string, request: KubeRequest = {}): Promise<KubeResponse> {
    const means = await this.#means();
    const response = await this.#send(path, request, means);
    if (response.status !== 401) return response;
    // Of several requests that were refused at once, the first one drops the credentials: the others find new ones.
    if (means.epoch === this.#epoch) this.invalidate();
    await response.body.dump().catch(() => undefined);
    return this.#send(path, request, await this.#means());
  }

  async connect(path: string): Promise<ApiConnection> {
    const { headers, tls } = await this.#credentials();
    const server = new URL(this.server);
    const proxyUrl = this.#target.cluster.proxyUrl ?? '';
    try {
      const socket = await connectToServer({ server, proxyUrl, tls });
      return { socket, url: `${this.server}${path}`, headers };
    } catch (cause) {
      throw transportFailure(this.server, cause);
    }
  }

  invalidate(): void {
    this.#epoch++;
    this.#reader.forget();
    this.#resolving = undefined;
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /**
   * A connection that the server closes in good order (GOAWAY) takes requests with it that were never looked at: those
   * that only read are sent again on another one. kube-apiserver closes so after each 401.
   */
  async #send(path: string, request: KubeRequest, means: Means): Promise<KubeResponse> {
    for (let retries = (request.method ?? 'GET') === 'GET' ? GOAWAY_RETRIES : 0; ; retries--) {
      try {
        return await this.#dispatch(path, request, means);
      } catch (cause) {
        request.signal?.throwIfAborted();
        if (retries > 0 && isGoAway(cause)) continue;
        // The stream of a time-out is given up, not the HTTP/2 session it shares with all others: that one may be dead.
        if (errnoOf(cause) === 'UND_ERR_HEADERS_TIMEOUT') await this.#connections.drop(means.dispatcher);
        throw transportFailure(this.server, cause);
      }
    }
  }

  async #dispatch(path: string, request: KubeRequest, { dispatcher, headers }: Means): Promise<KubeResponse> {
    const url = new URL(this.server);
    const query = new URLSearchParams(request.query).toString();
    const response = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname.replace(/\/+$/, '')}${path}${query === '' ? '' : `?${query}`}`,
      method: request.method ?? 'GET',
      headers: { ...headers, ...request.headers },
      headersTimeout: request.headersTimeoutMs ?? 15_000,
      bodyTimeout: request.bodyTimeoutMs ?? 30_000,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.body };
  }

  /** Callers that come while credentials are being read share them. Files are read again each time: they rotate. */
  #means(): Promise<Means> {
    if (this.#resolving) return this.#resolving;
    const resolving = this.#resolve(this.#epoch).finally(() => {
      if (this.#resolving === resolving) this.#resolving = undefined;
    });
    this.#resolving = resolving;
    return resolving;
  }

  async #resolve(epoch: number): Promise<Means> {
    const { cluster, impersonation } = this.#target;
    const credentials = await this.#credentials();
    // undici joins the values of a header with commas in HTTP/2: two groups would become one.
    const http1 = Object.values(impersonation).some((values) => values.length > 1);
    const dispatcher = this.#connections.dispatcherFor(dispatcherOptions(cluster, credentials.tls), http1);
    return { epoch, headers: { accept: 'application/json', ...credentials.headers }, dispatcher };
  }

  async #credentials(): Promise<Credentials> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      if (cause instanceof SvclaneError) throw cause;
      const problem = cause instanceof Error ? cause.message : String(cause);
      const hint = 'check the files that the kubeconfig user and cluster name, and its auth-provider';
      const message = `no credentials for user ${this.#target.user.name}: ${problem}`;
      throw new SvclaneError('SVL_KUBECONFIG', message, { hint, cause });
    }
  }
}

function dispatcherOptions({ proxyUrl }: Cluster, tls: TlsOptions): DispatcherOptions {
  if (proxyUrl?.startsWith('socks')) return { type: 'socks', uri: proxyUrl, requestTls: tls };
  if (proxyUrl) return { type: 'proxy', uri: proxyUrl, requestTls: tls, connect: {} };
  return Object.keys(tls).length === 0 ? { type: 'none' } : { type: 'agent', connect: tls };
}
