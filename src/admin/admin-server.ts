/**
 * The admin API: what a person and the CLI ask a running daemon, at a Unix socket or a TCP address.
 */

import { parseAdminListen } from '../config/admin-listen.ts';
import type { AdminToken } from '../config/admin-token.ts';
import { parseHostPort } from '../config/host-port.ts';
import { SvclaneError } from '../errors.ts';
import { isLoopback } from '../model/address.ts';
import type { Reach } from './access.ts';
import { buildAdminApp } from './admin-app.ts';
import { HttpListener } from './http-listener.ts';
import type { AdminServer, ServerContext } from './serve-app.ts';
import { openToken } from './token-file.ts';
import { prepareSocketPath } from './unix-socket.ts';
import type { AdminView } from './view.ts';

export interface AdminServerOptions extends ServerContext {
  readonly listen: string;
  /** Absent = there is none, and nothing can be changed. */
  readonly token?: AdminToken | undefined;
  /** Default: yes, with the token. */
  readonly allowMutations?: boolean;
  /** Whether the page is served; default: no. */
  readonly ui?: boolean;
}

type Target = { readonly path: string } | { readonly address: string; readonly port: number };

/**
 * Creates the admin server at `unix:/path` or `http://address:port`. `start` rejects with `SVL_LISTEN` where it cannot be
 * bound, and with `SVL_TOKEN` where the token cannot be used; a socket file that a crashed daemon left is taken over.
 */
export function createAdminServer(view: AdminView, options: AdminServerOptions): AdminServer {
  const { listen, clock, sockets, token: tokenFile, allowMutations = true, ui = false } = options;
  const target = targetOf(listen);
  const reach = reachOf(target);
  if (reach === 'network' && !tokenFile) throw openToAll(listen);
  let token: string | undefined;
  const app = buildAdminApp(view, { reach, token: () => token, allowMutations, ui, clock });
  const handler: ConstructorParameters<typeof HttpListener>[0]['handler'] = (request, reply) =>
    app.routing(request, reply);
  const listener = new HttpListener({ server: 'admin', clock, sockets, target, handler });
  return {
    get address() {
      return listener.address;
    },
    async start() {
      token = tokenFile && (await openToken(tokenFile));
      await app.ready();
      await bind(listener, target, listen, sockets?.inherits === true);
    },
    restore: () => listener.restore(),
    async release() {
      await listener.release();
      await app.close();
    },
    async close() {
      await listener.close();
      await app.close();
    },
  };
}

async function bind(listener: HttpListener, target: Target, listen: string, inherits: boolean): Promise<void> {
  try {
    if ('path' in target) await prepareSocketPath(target.path, inherits);
    await listener.bind();
  } catch (error) {
    if (error instanceof SvclaneError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SvclaneError('SVL_LISTEN', `the admin API cannot listen at ${listen}: ${reason}`, {
      cause: error,
      hint: 'choose another address by admin.listen, or "" to do without',
      facts: { address: listen },
    });
  }
}

function targetOf(listen: string): Target {
  const canonical = parseAdminListen(listen) ?? '';
  if (canonical.startsWith('unix:')) return { path: canonical.slice('unix:'.length) };
  const target = parseHostPort(canonical.slice('http://'.length));
  if (target) return target;
  throw new SvclaneError('SVL_LISTEN', `"${listen}" is no address for the admin API`, {
    hint: 'use unix:/run/svclane/admin.sock or http://127.0.0.1:10290',
  });
}

function reachOf(target: Target): Reach {
  if ('path' in target) return 'socket';
  return isLoopback(target.address) ? 'loopback' : 'network';
}

function openToAll(listen: string): SvclaneError {
  return new SvclaneError(
    'SVL_LISTEN',
    `the admin API at ${listen} can be reached from other machines: it needs a token`,
    {
      hint: 'set admin.token to auto or file:/PATH',
      facts: { address: listen },
    },
  );
}
