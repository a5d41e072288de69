/**
 * What can go wrong with the API server, as SvclaneErrors that a person can act on and a retry policy can read.
 */

import { errnoOf, SvclaneError } from '../../errors.ts';
import { fieldOf, textOf } from './json-value.ts';

/** What was asked for, for messages. `verb` is RBAC's; `namespace` "" = all, or none. */
export interface AttemptedAccess {
  readonly server: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
}

/** The parts of a failed HTTP answer, or of an ERROR event (without headers), that say what happened. */
export interface FailedAnswer {
  readonly status: number;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

const HINTS: readonly (readonly [errno: RegExp, hint: string])[] = [
  [/REFUSED/, 'is the API server running, and is this the right context?'],
  [/ENOTFOUND|EAI_AGAIN/, 'the host name of the server does not resolve: check the kubeconfig and DNS'],
  [
    /CERT|SIGNATURE|TLS|SSL/,
    'the certificate authority or tls-server-name of the kubeconfig does not match the server',
  ],
  [/PRX|SOCKS|PROXY/, 'check proxy-url in the kubeconfig, or HTTPS_PROXY'],
  [/TIMEOUT|TIMEDOUT|UNREACH/, 'is there a route to the server: VPN, firewall, proxy-url?'],
];

/** A request or a body that broke: `SVL_API_UNREACHABLE`, with `facts.errno`. A SvclaneError is passed through. */
export function transportFailure(server: string, cause: unknown): SvclaneError {
  if (cause instanceof SvclaneError) return cause;
  const errno = deepErrno(cause) ?? 'unknown error';
  const detail = cause instanceof Error && cause.message !== '' ? `${errno}: ${cause.message}` : errno;
  const hint = HINTS.find(([pattern]) => pattern.test(errno))?.[1] ?? 'the request is tried again';
  return new SvclaneError('SVL_API_UNREACHABLE', `cannot reach the API server ${server} (${detail})`, {
    cause,
    hint,
    facts: { errno },
  });
}

/** An answer that is an error: by its status `SVL_API_UNAUTHORIZED`, `…FORBIDDEN`, or `…RESPONSE`; `facts.status`. */
export function answerFailure(access: AttemptedAccess, answer: FailedAnswer): SvclaneError {
  const facts = { status: answer.status, retryAfterMs: answer.retryAfterMs };
  const action = `${access.verb} ${access.resource}${access.namespace === '' ? '' : ` in namespace ${access.namespace}`}`;
  const said = answer.message === '' ? '' : `: ${answer.message}`;
  if (answer.status === 401) {
    const hint = 'log in again, or check the token, certificate or exec plugin of the kubeconfig user';
    const message = `the API server ${access.server} does not accept the credentials (401)${said}`;
    return new SvclaneError('SVL_API_UNAUTHORIZED', message, { hint, facts });
  }
  if (answer.status === 403) {
    const hint = `grant the verb ${access.verb} on ${access.resource}: config/rbac.yaml holds the rights svclane needs`;
    return new SvclaneError('SVL_API_FORBIDDEN', `not allowed to ${action} (403)${said}`, { hint, facts });
  }
  const message = `the API server ${access.server} answered ${answer.status} to ${action}${said}`;
  return new SvclaneError('SVL_API_RESPONSE', message, { facts });
}

/** An answer that is no error and yet of no use. `facts.lost`: an event may have been missed, only a list mends it. */
export function uselessAnswer(access: AttemptedAccess, what: string, lost: boolean): SvclaneError {
  const message = `the API server ${access.server} ${what} (${access.verb} ${access.resource})`;
  return new SvclaneError('SVL_API_RESPONSE', message, { facts: { lost } });
}

/** An ERROR event's object, a `Status`, as a failed answer; anything else counts as 500. */
export function statusAnswer(status: unknown): FailedAnswer {
  const code = fieldOf(status, 'code');
  const seconds = fieldOf(fieldOf(status, 'details'), 'retryAfterSeconds');
  return {
    status: typeof code === 'number' ? code : 500,
    message: textOf(fieldOf(status, 'message')),
    retryAfterMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
  };
}

/** The `Retry-After` header, seconds or an HTTP date, in ms from `nowMs`; `undefined` where absent or unreadable. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text.trim() === '') return undefined;
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** The errno of an error or of what caused it: undici and Node wrap the one that tells. */
function deepErrno(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return errnoOf(error);
  const own = errnoOf(error);
  if (own !== undefined && own !== 'UND_ERR_SOCKET') return own;
  const causes = error instanceof AggregateError ? error.errors : [error.cause];
  const inner = causes.map((cause) => deepErrno(cause, depth + 1)).find((errno) => errno !== undefined);
  return inner ?? own;
}

/**
 * Whether an answer to a streaming list may mean that the server cannot do that: anything but what has to do with who
 * asks or when. Old servers answer 422, those with an old etcd 500.
 */
export function isUnsupported(error: unknown): boolean {
  const status = error instanceof SvclaneError ? error.facts.status : undefined;
  return typeof status === 'number' && ![401, 403, 410, 429, 503].includes(status);
}
