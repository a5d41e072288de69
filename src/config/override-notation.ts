/**
 * How an override is written: `localhost:3000`, for `20%` or `src=10.1.2.3`, with fallback `cluster`, for `1h`.
 */

import { type Cidr, familyOf, parseAddress, parseCidr } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import { FALLBACKS, type Fallback, localEndpoint, type Override } from '../model/override.ts';
import { parseHostPort } from './host-port.ts';
import { type NotationProblem, NotationReader, parsePercent } from './intervention-notation.ts';

/** The texts of one override. */
export interface OverrideTexts {
  readonly namespace: string;
  readonly service: string;
  /** `http`, `80`, `53/udp`; absent = every port. */
  readonly port?: string;
  /** `localhost:3000`, `127.0.0.1:3000`, `[::1]:3000`. */
  readonly target: string;
  /** `20%`, `src=ADDRESS`, `src=CIDR`, several with commas; absent = every flow. */
  readonly match?: string;
  /** Absent = `cluster`. */
  readonly fallback?: string;
  readonly ttl?: string;
}

export type ParsedOverride =
  | { readonly override: Override; readonly ttlMs: number }
  | { readonly problems: readonly NotationProblem[] };

/** `localhost` is whichever of the two a process listens at. */
const LOCALHOST = ['127.0.0.1', '::1'];
const EVERYBODY = { percent: 100, sources: [] as readonly Cidr[] };

/** The override that the texts mean, or everything that is wrong with them. */
export function parseOverride(texts: OverrideTexts): ParsedOverride {
  const reader = new NotationReader();
  const { namespace, service, target } = texts;
  const port = reader.port(texts.port);
  const expected = 'localhost:PORT or ADDRESS:PORT, such as localhost:3000 or [::1]:3000';
  const endpoints = reader.read('target', target, expected, parseTarget(target));
  const match = texts.match === undefined ? EVERYBODY : readMatch(reader, texts.match);
  const fallback = readFallback(reader, texts.fallback);
  const ttlMs = reader.ttl(texts.ttl);
  const { problems } = reader;
  if (!port || !endpoints || !match || !fallback || ttlMs === undefined || problems.length > 0) return { problems };
  return { override: { namespace, service, ...port, target, endpoints, ...match, fallback }, ttlMs };
}

/** Names other than `localhost` are not taken: what they mean may change while the override lasts. */
function parseTarget(text: string): readonly Endpoint[] | undefined {
  const [, digits] = /^localhost:(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined) {
    return port >= 1 && port <= 65_535 ? LOCALHOST.map((address) => localEndpoint(address, port)) : undefined;
  }
  const found = parseHostPort(text);
  if (!found || found.port === 0 || !isConnectable(found.address)) return undefined;
  return [localEndpoint(found.address, found.port)];
}

/** Neither "any address" nor one of many. */
function isConnectable(address: string): boolean {
  return address !== '0.0.0.0' && address !== '::' && !/^(22[4-9]|23\d|255)\./.test(address) && !/^ff/i.test(address);
}

function readMatch(reader: NotationReader, text: string): Pick<Override, 'percent' | 'sources'> | undefined {
  const sources: Cidr[] = [];
  let percent: number | undefined;
  for (const part of text.split(',')) {
    const [, source] = /^\s*src=(.+)$/.exec(part) ?? [];
    const range = source === undefined ? undefined : parseSource(source.trim());
    if (range) sources.push(range);
    else if (source === undefined && percent === undefined) percent = parsePercent(part) ?? Number.NaN;
    else percent = Number.NaN;
  }
  const value = Number.isNaN(percent) ? undefined : { percent: percent ?? 100, sources };
  return reader.read('match', text, 'a share such as 20%, src=ADDRESS or src=CIDR, or these with commas', value);
}

/** A single address is a range of one. */
function parseSource(text: string): Cidr | undefined {
  const address = parseAddress(text);
  if (address === undefined) return parseCidr(text);
  return parseCidr(`${address}/${familyOf(address) === 'IPv4' ? 32 : 128}`);
}

function readFallback(reader: NotationReader, text: string | undefined): Fallback | undefined {
  if (text === undefined) return 'cluster';
  const found = FALLBACKS.find((known) => known === text);
  return reader.read('fallback', text, `one of ${FALLBACKS.join(', ')}`, found);
}
