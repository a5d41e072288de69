/**
 * Access to an API server for what is no plain request: a connection of one's own to it, as the user of a kubeconfig.
 */

import type { Socket } from 'node:net';

/** A connection to the API server, TLS done. HTTP/1.1 is spoken on it; nothing was sent yet. Who asked for it ends it. */
export interface ApiConnection {
  readonly socket: Socket;
  /** Of the resource; query and all. */
  readonly url: string;
  /** The credentials among them. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** One API server as one user. */
export interface ApiAccess {
  /** For messages: `https://10.0.0.1:6443`. */
  readonly server: string;
  /**
   * Connects, with credentials that are read anew. `path` begins with a slash and may have a query. Throws
   * `SVL_API_UNREACHABLE` with `facts.errno`, and `SVL_KUBECONFIG` for credentials that cannot be had.
   */
  connect(path: string): Promise<ApiConnection>;
  /** Drops what is cached of the credentials: called after a 401. */
  invalidate(): void;
}
