/**
 * Who may ask what.
 *
 *   page    everybody: it has nothing of the state, and asks for the token
 *   read    on a Unix socket: by the file's mode · on loopback: everybody of this machine · elsewhere: with the token
 *   change  always with the token, never by GET, and only if the configuration allows it
 *
 * A browser is somebody of this machine too, whatever page it shows. So on loopback the `Host` header has to be a name that
 * no DNS server can point here, and an `Origin` has to be our own page.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { type HttpApp, sendProblem } from './http-app.ts';
import type { HttpProblemCode } from './http-problem.ts';
import { PAGE_ROUTES } from './ui-routes.ts';

/** From where an app is reached: over a Unix socket, from this machine, or from others. */
export type Reach = 'socket' | 'loopback' | 'network';

export interface Access {
  readonly reach: Reach;
  /** Asked for each request; `undefined` = there is none, so that nothing can be changed. */
  readonly token: () => string | undefined;
  readonly allowMutations: boolean;
}

/** Methods that change nothing. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a request wants to change something. */
export function isChange(method: string): boolean {
  return !READING.has(method);
}

interface Refusal {
  readonly status: number;
  readonly code: HttpProblemCode;
  readonly detail: string;
  readonly hint: string;
}

/** Lets an app answer those alone who may ask. A refusal tells nothing of the state. */
export function addAccessCheck(app: HttpApp, access: Access): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    const refusal = refusalOf(request, access);
    if (!refusal) {
      admitted.add(request);
      return done();
    }
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="svclane"');
    sendProblem(reply, refusal.status, refusal.code, refusal.detail, refusal.hint);
  });
}

/** Whether a request was let in. */
export function isAdmitted(request: FastifyRequest): boolean {
  return admitted.has(request);
}

const admitted = new WeakSet<FastifyRequest>();

function refusalOf(request: FastifyRequest, { reach, token, allowMutations }: Access): Refusal | undefined {
  const changes = isChange(request.method);
  if (reach === 'loopback' && !isLocalName(request.headers.host ?? '')) return FOREIGN_HOST;
  if (isForeignOrigin(request) || (changes && isForeignSite(request))) return FOREIGN_ORIGIN;
  const expected = token();
  const isPage = !changes && PAGE_ROUTES.has(request.routeOptions.url);
  const mayRead = reach !== 'network' || isPage || hasToken(request, expected);
  if (!mayRead) return NO_TOKEN;
  if (!changes) return undefined;
  if (!allowMutations || expected === undefined) return CHANGES_OFF;
  return hasToken(request, expected) ? undefined : NO_TOKEN;
}

const FOREIGN_HOST: Refusal = {
  status: 403,
  code: 'HOST_FORBIDDEN',
  detail: 'use localhost or the address itself as the host',
  hint: '',
};

const FOREIGN_ORIGIN: Refusal = {
  status: 403,
  code: 'HOST_FORBIDDEN',
  detail: 'pages of other origins are not answered',
  hint: '',
};

const NO_TOKEN: Refusal = {
  status: 401,
  code: 'UNAUTHORIZED',
  detail: 'a token is needed, and this is none or a wrong one',
  hint: 'send "Authorization: Bearer TOKEN"; the file of the token is in the configuration as admin.token',
};

const CHANGES_OFF: Refusal = {
  status: 403,
  code: 'CHANGES_OFF',
  detail: 'the configuration allows no changes',
  hint: 'set admin.allowMutations: true and admin.token, then start svclane again',
};

/** Only names that no DNS server can point elsewhere: `localhost`, and addresses. */
function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0;
}

/** A page that is not ours has another origin than the address it asks. Source: Fetch Standard, `Origin` header. */
function isForeignOrigin({ headers: { origin, host } }: FastifyRequest): boolean {
  return origin !== undefined && !(host !== undefined && origin.replace(/^https?:\/\//, '') === host);
}

/** Source: Fetch Metadata Request Headers; absent = no browser, or an old one, which sends `Origin` with changes. */
function isForeignSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function hasToken({ headers: { authorization = '' } }: FastifyRequest, expected: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (given === undefined || expected === undefined) return false;
  // The time of the comparison must not tell how much was right: digests have one length.
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
