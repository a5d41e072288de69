/**
 * The admin API: what a person and the CLI ask a running daemon.
 *
 * On a Unix socket the file's mode says who may ask. On TCP it is a loopback address, and the `Host` and `Origin`
 * headers are checked: a web page whose name was made to resolve to 127.0.0.1 gets nothing.
 */

import { isIP } from 'node:net';
import { Type } from 'typebox';
import { parseAdminListen } from '../config/admin-listen.ts';
import { parseHostPort } from '../config/host-port.ts';
import { SvclaneError } from '../errors.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { EJECTION_LIST, EJECTION_QUERY, listEjections } from './ejection-rows.ts';
import { addEventStream } from './event-stream.ts';
import { addExplainRoutes } from './explain-routes.ts';
import { createHttpApp, type HttpApp, sendProblem } from './http-app.ts';
import { HttpListener } from './http-listener.ts';
import { addLiveRoutes } from './live-routes.ts';
import type { AdminServer } from './serve-app.ts';
import { STATUS, statusOf } from './status.ts';
import { prepareSocketPath, protectSocket } from './unix-socket.ts';
import type { AdminView } from './view.ts';

/**
 * Creates the admin server at `unix:/path` or `http://loopback:port`. `start` rejects with `SVL_LISTEN` where it cannot
 * be bound; a socket file that a crashed daemon left is taken over.
 */
export function createAdminServer(
  view: AdminView,
  { listen, clock }: { readonly listen: string; readonly clock: Clock },
): AdminServer {
  const target = targetOf(listen);
  const app = buildAdminApp(view, { checkHost: !('path' in target), clock });
  const handler: ConstructorParameters<typeof HttpListener>[0]['handler'] = (request, reply) =>
    app.routing(request, reply);
  const listener = new HttpListener({ server: 'admin', clock, target, handler });
  return {
    get address() {
      return listener.address;
    },
    async start() {
      await app.ready();
      await bind(listener, target, listen);
    },
    async close() {
      await listener.close();
      await app.close();
    },
  };
}

async function bind(listener: HttpListener, target: ReturnType<typeof targetOf>, listen: string): Promise<void> {
  try {
    if ('path' in target) await prepareSocketPath(target.path);
    await listener.bind();
    if ('path' in target) await protectSocket(target.path);
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

function targetOf(listen: string): { readonly path: string } | { readonly address: string; readonly port: number } {
  const canonical = parseAdminListen(listen) ?? '';
  if (canonical.startsWith('unix:')) return { path: canonical.slice('unix:'.length) };
  const target = parseHostPort(canonical.slice('http://'.length));
  if (target) return target;
  throw new SvclaneError('SVL_LISTEN', `"${listen}" is no address for the admin API`, {
    hint: 'use unix:/run/svclane/admin.sock or http://127.0.0.1:10290',
  });
}

const VERSION = Type.Object({ svclane: Type.String(), node: Type.String(), platform: Type.String() });

/** The app without a socket, for tests by `inject`. */
export function buildAdminApp(
  view: AdminView,
  { checkHost, clock = systemClock }: { readonly checkHost: boolean; readonly clock?: Clock },
): HttpApp {
  const app = createHttpApp();
  if (checkHost) addHostCheck(app);
  addExplainRoutes(app, view);
  addLiveRoutes(app, view);
  addEventStream(app, view, clock);
  app.get('/v1/ejections', { schema: { querystring: EJECTION_QUERY, response: { 200: EJECTION_LIST } } }, ({ query }) =>
    listEjections(view, query),
  );
  app.get('/v1/status', { schema: { response: { 200: STATUS } } }, () => statusOf(view));
  app.get('/v1/version', { schema: { response: { 200: VERSION } } }, () => ({
    svclane: view.version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  }));
  app.get('/configz', () => ({ svclane: view.config() }));
  return app;
}

/** Only names that no DNS server can point elsewhere: `localhost`, and addresses. */
function addHostCheck(app: HttpApp): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { host = '', origin } = request.headers;
    if (isLocalName(host) && (origin === undefined || isLocalName(origin.replace(/^https?:\/\//, '')))) return done();
    sendProblem(reply, 403, 'HOST_FORBIDDEN', 'use localhost or the address itself as the host');
  });
}

function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0;
}
