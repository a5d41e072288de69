/**
 * HTTP CONNECT: the tunnel of an HTTP proxy, and nothing else of one.
 *
 * What went wrong is told as text, for people, and in `Proxy-Status`, for programs. A plain request for a Service is
 * not carried: that would be another HTTP client, with its own mind about the Service's answers.
 *
 * Source: RFC 9110 section 9.3.6, RFC 9112 section 3.2, RFC 9209.
 */

import { FLOW_ENDS, type FlowEnd } from '../model/flow.ts';
import type { FrontRefusal } from '../model/front.ts';
import { type Dialect, type Replies, type Step, WAIT } from './dialect.ts';

/** A head that is longer is refused. */
export const MAX_HEAD_BYTES = 8192;

/** A status with the error type of `Proxy-Status`. */
type Verdict = readonly [status: string, error: string];

const REFUSALS: Readonly<Record<FrontRefusal['code'], Verdict>> = {
  NOT_OURS: ['403 Forbidden', 'http_request_denied'],
  SVC_EXTERNALNAME: ['403 Forbidden', 'http_request_denied'],
  SVC_NOT_FOUND: ['502 Bad Gateway', 'dns_error'],
  PORT_UNKNOWN: ['502 Bad Gateway', 'connection_refused'],
  EP_NOT_READY: ['503 Service Unavailable', 'destination_unavailable'],
};

const ENDS: Readonly<Partial<Record<FlowEnd['cause'], Verdict>>> = {
  'no-endpoint': ['503 Service Unavailable', 'destination_unavailable'],
  'wait-over': ['504 Gateway Timeout', 'destination_unavailable'],
  'source-denied': ['403 Forbidden', 'http_request_denied'],
  fault: ['502 Bad Gateway', 'connection_refused'],
  shed: ['503 Service Unavailable', 'connection_limit_reached'],
};

const ERRNOS: Readonly<Record<string, Verdict>> = {
  ECONNREFUSED: ['502 Bad Gateway', 'connection_refused'],
  ETIMEDOUT: ['504 Gateway Timeout', 'connection_timeout'],
};

const UNAVAILABLE: Verdict = ['502 Bad Gateway', 'destination_unavailable'];
const PAC_TYPE = 'application/x-ns-proxy-autoconfig';

/** Makes the dialect for one client. `autoConfig` is asked where a browser wants to know what to use this proxy for. */
export function createHttpConnect(autoConfig: () => string): Dialect {
  return (bytes) => {
    const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf('\r\n\r\n', 0, 'latin1');
    if (end >= 0) return readHead(bytes.toString('latin1', 0, end), end + 4, autoConfig);
    return bytes.length < MAX_HEAD_BYTES ? WAIT : answer('431 Request Header Fields Too Large', 'the head is too long');
  };
}

function readHead(head: string, used: number, autoConfig: () => string): Step {
  const [line = ''] = head.split('\r\n', 1);
  const [, method, target = ''] = /^([!#$%&'*+.^_`|~\dA-Za-z-]+) (\S+) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (method === undefined) return answer('400 Bad Request', 'this is no HTTP/1 request');
  if (method !== 'CONNECT') return answerOther(method, target, autoConfig);
  const [, host, digits] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(target) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return answer('400 Bad Request', 'CONNECT wants host:port');
  return { kind: 'target', used, host, port, replies: REPLIES };
}

function answerOther(method: string, target: string, autoConfig: () => string): Step {
  if (/^https?:\/\//i.test(target)) {
    const text = `${method} of a whole URL is not carried here, only CONNECT is`;
    const hint = 'let the client tunnel: curl --proxytunnel, or use this address as socks5h://';
    return answer('405 Method Not Allowed', text, hint, ['Allow: CONNECT']);
  }
  if (target === '/proxy.pac' && (method === 'GET' || method === 'HEAD')) {
    const body = method === 'GET' ? autoConfig() : '';
    return { kind: 'end', write: response('200 OK', PAC_TYPE, body, []) };
  }
  return answer('404 Not Found', 'this is a proxy: SOCKS5 and HTTP CONNECT', 'for browsers there is /proxy.pac');
}

const REPLIES: Replies = {
  accepted: () => Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n', 'latin1'),
  refused: ({ code, message, hint }) => failure(REFUSALS[code], message, hint),
  failed: (end) => failure(verdictOn(end), `no connection: ${describe(end)}`),
};

function verdictOn({ cause, errno = '' }: FlowEnd): Verdict {
  return ENDS[cause] ?? (cause === 'dial-failed' ? ERRNOS[errno] : undefined) ?? UNAVAILABLE;
}

function describe({ cause, errno }: FlowEnd): string {
  return errno === undefined ? FLOW_ENDS[cause] : `${FLOW_ENDS[cause]} (${errno})`;
}

function failure([status, error]: Verdict, message: string, hint?: string): Buffer {
  const details = message.replace(/[^ -~]|["\\]/g, '?');
  return text(status, message, hint, [`Proxy-Status: svclane; error=${error}; details="${details}"`]);
}

function answer(status: string, message: string, hint?: string, headers: readonly string[] = []): Step {
  return { kind: 'end', write: text(status, message, hint, headers) };
}

function text(status: string, message: string, hint: string | undefined, headers: readonly string[]): Buffer {
  const body = `error: ${message}\n${hint === undefined ? '' : `hint:  ${hint}\n`}`;
  return response(status, 'text/plain; charset=utf-8', body, headers);
}

function response(status: string, type: string, body: string, headers: readonly string[]): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const lines = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, length, 'Connection: close', ...headers];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'utf8');
}
