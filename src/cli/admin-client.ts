/**
 * How the CLI talks to a running daemon: HTTP over its admin socket.
 */

import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { Client } from 'undici';
import { errnoOf, SvclaneError } from '../errors.ts';
import { bundleOfHost } from './bundle-host.ts';
import { missedHost } from './daemon-host.ts';
import { type DaemonToken, findDaemonToken } from './daemon-token.ts';
import { problemError } from './problem-error.ts';

/**
 * Asks the daemon at `host` for a document of a known shape: a daemon of another version must not crash the CLI. Throws
 * `SVL_DAEMON_RESPONSE`, and whatever the daemon has to object.
 */
export async function askDaemon<Schema extends TSchema>(
  host: string,
  path: string,
  schema: Schema,
): Promise<Static<Schema>> {
  const bundle = bundleOfHost(host);
  if (!bundle) return checked(schema, await exchange(host, { method: 'GET', path, headers: readHeaders(process.env) }));
  // What reads bundles is loaded only where one is asked.
  const { askBundle } = await import('./bundle-view.ts');
  return checked(schema, await askBundle(bundle, path));
}

/** A change that the daemon is asked for. */
export interface ChangeRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Given on the command line; `undefined` = from where a token usually is. */
  readonly tokenFile?: string | undefined;
  /** How long the daemon may take; default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Asks the daemon for a change, with its token. Throws as `askDaemon`, `SVL_TOKEN`, and `SVL_UNAUTHORIZED` with the file that
 * the token was looked for in.
 */
export async function changeDaemon<Schema extends TSchema>(
  host: string,
  { method, path, body, tokenFile, timeoutMs = TIMEOUT_MS }: ChangeRequest,
  schema: Schema,
): Promise<Static<Schema>> {
  const found = findDaemonToken(host, tokenFile, process.env);
  const headers = {
    ...(found.token !== undefined && bearer(found.token)),
    ...(body && { 'content-type': 'application/json' }),
  };
  const text = body && JSON.stringify(body);
  try {
    return checked(schema, await exchange(host, { method, path, headers, body: text ?? null, timeoutMs }));
  } catch (error) {
    throw error instanceof SvclaneError && error.code === 'SVL_UNAUTHORIZED' ? withoutRight(found) : error;
  }
}

/** What a request that changes nothing carries: the token where one was given, for a daemon on another machine wants it. */
export function readHeaders(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return env.SVCLANE_TOKEN ? bearer(env.SVCLANE_TOKEN) : {};
}

function bearer(token: string): { readonly authorization: string } {
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` };
  throw new SvclaneError('SVL_TOKEN', 'what was given is no token', { hint: 'it is one word of letters and digits' });
}

function withoutRight({ token, where }: DaemonToken): SvclaneError {
  const looked = where === '' ? '' : `, or let this user read it: ${where}`;
  return token === undefined
    ? new SvclaneError('SVL_UNAUTHORIZED', 'a change needs the token of the daemon, and none was found', {
        hint: `name its file, admin.token of the daemon, by --token-file${looked}`,
      })
    : new SvclaneError('SVL_UNAUTHORIZED', `the daemon does not take the token from ${where}`, {
        hint: 'name the file of this daemon, its admin.token, by --token-file',
      });
}

function checked<Schema extends TSchema>(schema: Schema, body: unknown): Static<Schema> {
  if (Value.Check(schema, body)) return body;
  throw new SvclaneError('SVL_DAEMON_RESPONSE', 'the daemon answered in another shape than this CLI knows', {
    hint: 'compare "svclane version" with the daemon\'s',
  });
}

const TIMEOUT_MS = 10_000;

interface Exchange {
  readonly method: 'GET' | ChangeRequest['method'];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly timeoutMs?: number;
}

/** One request, and one JSON document for an answer. */
async function exchange(host: string, { timeoutMs = TIMEOUT_MS, headers, ...request }: Exchange): Promise<unknown> {
  const client = connectToDaemon(host);
  try {
    const timeouts = { headersTimeout: timeoutMs, bodyTimeout: TIMEOUT_MS };
    const response = await client.request({ ...request, headers: { ...headers }, ...timeouts });
    const text = await response.body.text();
    if (response.statusCode !== 200)
      throw problemError(text) ?? unexpected(host, `${response.statusCode} ${text.slice(0, 200)}`);
    return parseJson(host, text);
  } catch (error) {
    if (error instanceof SvclaneError) throw error;
    throw unreachable(host, error);
  } finally {
    await client.destroy();
  }
}

/** A client of the daemon at `host`; whoever made it destroys it. Throws `SVL_USAGE` where `host` is no address. */
export function connectToDaemon(host: string): Client {
  if (host.startsWith('unix:')) {
    return new Client('http://localhost', { socketPath: host.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') });
  }
  if (/^https?:\/\//.test(host) && URL.canParse(host)) return new Client(new URL(host).origin);
  throw new SvclaneError('SVL_USAGE', `"${host}" is no address of a daemon`, {
    hint: 'use unix:///run/svclane/admin.sock or http://127.0.0.1:PORT',
  });
}

function parseJson(host: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected(host, 'no JSON');
  }
}

function unexpected(host: string, what: string): SvclaneError {
  return new SvclaneError('SVL_DAEMON_RESPONSE', `the daemon at ${host} answered ${what}`, {
    hint: 'is it svclane, and of the same version? svclane version',
  });
}

/** Nobody answers at `host`. */
export function unreachable(host: string, cause: unknown): SvclaneError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const missed = missedHost(host, process.env);
  const tried = missed === undefined ? '' : `, and there is no ${missed}`;
  return new SvclaneError('SVL_DAEMON_UNREACHABLE', `no daemon answers at ${host}: ${reason}${tried}`, {
    cause,
    hint:
      errnoOf(cause) === 'EACCES'
        ? 'this user may not open the socket: use sudo, or join the group that it belongs to'
        : 'start it with "svclane run", or name another by --host or SVCLANE_HOST',
  });
}
