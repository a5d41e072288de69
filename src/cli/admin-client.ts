/**
 * How the CLI talks to a running daemon: HTTP over its admin socket.
 */

import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { Client } from 'undici';
import { SvclaneError } from '../errors.ts';
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
  const body = await fetchFromDaemon(host, path);
  if (Value.Check(schema, body)) return body;
  throw new SvclaneError('SVL_DAEMON_RESPONSE', 'the daemon answered in another shape than this CLI knows', {
    hint: 'compare "svclane version" with the daemon\'s',
  });
}

/** Fetches one JSON document from the daemon at `host` (`unix:///path` or `http://address:port`). */
async function fetchFromDaemon(host: string, path: string): Promise<unknown> {
  const client = connectToDaemon(host);
  try {
    const response = await client.request({ method: 'GET', path, headersTimeout: 10_000, bodyTimeout: 10_000 });
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
  return new SvclaneError('SVL_DAEMON_UNREACHABLE', `no daemon answers at ${host}: ${reason}`, {
    cause,
    hint: 'start it with "svclane run", or name another by --host or SVCLANE_HOST',
  });
}
