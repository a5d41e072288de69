/**
 * Local ports: whether the ones that are wanted are free, and a free one where any will do. Nothing stays bound.
 */

import { createServer } from 'node:net';
import { errnoOf, SvclaneError } from '../../errors.ts';
import { formatHostPort } from '../../model/address.ts';
import { listenHint } from '../../model/listen-hint.ts';

/** Free ports that are tried until one is free at every address. */
const MAX_TRIES = 20;
/** Ports that are looked at for one that could be offered. */
const NEAR = 20;
/** What says that the address itself is not there. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** The addresses of one lane: the first is needed; `optional` ones are left out where this machine lacks them. */
export interface LocalAddresses {
  readonly needed: readonly string[];
  readonly optional: readonly string[];
}

/** Where a lane listens. */
export interface LocalPort {
  readonly port: number;
  readonly addresses: readonly string[];
}

/**
 * Finds out where a lane can listen for TCP. `wanted` 0 = any port that is free at all addresses; `name` is the lane, for
 * messages, and `taken` are the ports that other lanes have. Throws `SVL_LISTEN`, with a free port in its hint.
 */
export async function findLocalPort(
  { needed, optional }: LocalAddresses,
  wanted: number,
  name: string,
  taken: ReadonlySet<string>,
): Promise<LocalPort> {
  for (let tries = 1; ; tries++) {
    const result = await tryPort([...needed, ...optional], wanted, taken);
    if ('failed' in result) {
      const { address, errno } = result.failed;
      const isLeftOut = optional.includes(address) && NO_ADDRESS.has(errno);
      if (isLeftOut)
        return findLocalPort({ needed, optional: optional.filter((one) => one !== address) }, wanted, name, taken);
      if (wanted === 0 && errno === 'EADDRINUSE' && tries < MAX_TRIES) continue;
      throw await busy(needed, { address, port: wanted }, errno, name);
    }
    return { port: result.port, addresses: [...needed, ...optional] };
  }
}

type Tried = { readonly port: number } | { readonly failed: { readonly address: string; readonly errno: string } };

async function tryPort(addresses: readonly string[], wanted: number, taken: ReadonlySet<string>): Promise<Tried> {
  let port = wanted;
  for (const address of addresses) {
    const bound = taken.has(formatHostPort(address, port)) ? 'EADDRINUSE' : await tryBind(address, port);
    if (typeof bound === 'string') return { failed: { address, errno: bound } };
    port = bound;
  }
  return { port };
}

/** The port that was bound for a moment, or the errno. */
function tryBind(address: string, port: number): Promise<number | string> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(errnoOf(error) ?? 'EIO'));
    server.listen({ host: address, port, exclusive: true, ipv6Only: address.includes(':') }, () => {
      const bound = server.address();
      server.close(() => resolve(bound !== null && typeof bound === 'object' ? bound.port : port));
    });
  });
}

async function busy(
  addresses: readonly string[],
  { address, port }: { readonly address: string; readonly port: number },
  errno: string,
  name: string,
): Promise<SvclaneError> {
  const where = formatHostPort(address, port);
  const message =
    errno === 'EADDRINUSE'
      ? `cannot listen on ${where} for ${name}: another process has it, or another lane`
      : `cannot listen on ${where} for ${name}: ${errno}`;
  const free = await freePort(addresses, errno === 'EACCES' ? port + 8000 : port + 1);
  const offer = free === undefined ? 'write :REMOTE for any free port' : `port ${free} is free: write ${free}:REMOTE`;
  const why = errno === 'EADDRINUSE' ? undefined : listenHint(errno, address);
  const facts = { address, port, errno };
  return new SvclaneError('SVL_LISTEN', message, { facts, hint: why === undefined ? offer : `${offer}; or: ${why}` });
}

async function freePort(addresses: readonly string[], from: number): Promise<number | undefined> {
  for (let port = from; port < from + NEAR && port <= 65_535; port++) {
    if ('port' in (await tryPort(addresses, port, new Set()))) return port;
  }
  return undefined;
}
