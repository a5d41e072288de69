/**
 * The connections to one API server: one undici dispatcher, made anew only when what its TLS is made of changes.
 */

import type { ConnectionOptions } from 'node:tls';
import type { DispatcherOptions } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { SvclaneError } from '../../errors.ts';
import { Agent, undici } from './undici-parts.ts';

/** Short, so that a server that comes back after its machine was down is found soon. */
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 } as const;

const TLS_FIELDS = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const;
export type TlsOptions = Pick<ConnectionOptions, (typeof TLS_FIELDS)[number]>;

/** The TLS options that are set, and nothing else. */
export function tlsOf(options: { readonly [P in keyof TlsOptions]?: TlsOptions[P] | undefined }): TlsOptions {
  return Object.fromEntries(
    TLS_FIELDS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}

/** Holds the dispatcher in use, and those replaced until what runs on them has ended. */
export class Connections {
  #current: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;
  readonly #open = new Set<Dispatcher>();
  #closed = false;

  /**
   * The dispatcher for these options: the same one until the options differ. HTTP/2 is off where `http1` is set.
   * A dispatcher that is replaced ends when its last request does. Throws `SVL_KUBECONFIG` for an unusable proxy.
   */
  dispatcherFor(options: DispatcherOptions, http1: boolean): Dispatcher {
    if (this.#closed) throw new SvclaneError('SVL_API_UNREACHABLE', 'the connections to the API server are closed');
    const key = JSON.stringify([options, http1]);
    if (this.#current?.key === key) return this.#current.dispatcher;
    const retired = this.#current?.dispatcher;
    const dispatcher = buildDispatcher(options, !http1);
    this.#open.add(dispatcher);
    this.#current = { key, dispatcher };
    if (retired) void retired.close().finally(() => this.#open.delete(retired));
    return dispatcher;
  }

  /** Breaks all that runs on a dispatcher that was found dead; the next request connects anew. */
  async drop(dispatcher: Dispatcher): Promise<void> {
    if (this.#current?.dispatcher === dispatcher) this.#current = undefined;
    if (this.#open.delete(dispatcher)) await dispatcher.destroy();
  }

  /** Breaks everything, and makes no connection any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((dispatcher) => this.drop(dispatcher)));
  }
}

function buildDispatcher(options: DispatcherOptions, allowH2: boolean): Dispatcher {
  const connect = { ...KEEP_ALIVE, timeout: CONNECT_TIMEOUT_MS };
  switch (options.type) {
    case 'agent':
      return new Agent({ allowH2, connect: { ...tlsOf(options.connect), ...connect } });
    case 'none':
      return new Agent({ allowH2, connect });
    case 'proxy':
      return new (undici().ProxyAgent)({
        uri: proxyUrl(options.uri),
        allowH2,
        connect,
        requestTls: { ...tlsOf(options.requestTls), ...connect },
      });
    case 'socks':
      return new (undici().Socks5ProxyAgent)(socksUrl(options.uri), {
        allowH2,
        requestTls: { ...tlsOf(options.requestTls), ...connect },
      });
  }
}

function proxyUrl(uri: string): string {
  if (/^https?:/.test(uri) && hasHost(uri)) return uri;
  throw unusableProxy(uri);
}

/** `socks5h` differs from `socks5` in who resolves the name: undici always leaves that to the proxy. */
function socksUrl(uri: string): string {
  const url = uri.replace(/^socks5h:/, 'socks5:');
  if (/^socks5?:/.test(url) && hasHost(url)) return url;
  throw unusableProxy(uri);
}

function hasHost(uri: string): boolean {
  return URL.canParse(uri) && new URL(uri).hostname !== '';
}

function unusableProxy(uri: string): SvclaneError {
  return new SvclaneError('SVL_KUBECONFIG', `the proxy of the API server cannot be used: ${uri}`, {
    hint: 'proxies are http://, https:// or socks5://: correct proxy-url in the kubeconfig, or HTTPS_PROXY',
  });
}
