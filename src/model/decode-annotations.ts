/**
 * The annotations `svclane.dev/…` of a Service: what its owner may ask of svclane, each within bounds.
 */

import { formatDuration, parseDuration } from '../lib/duration.ts';
import { fieldOf, type ProblemList, type RawRecord } from './decode-reader.ts';
import { ALGORITHMS, PROXY_PROTOCOLS, type ServiceAnnotations, UDP_BALANCES } from './service.ts';

const PREFIX = 'svclane.dev/';
const LEAST_CONNECT_TIMEOUT_MS = 10;
const LONGEST_CONNECT_TIMEOUT_MS = 60_000;
/** No duration within the bounds takes more. */
const MAX_DURATION_TEXT = 32;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the annotations; one that is out of bounds is reported, and counts as absent. */
export function decodeAnnotations(annotations: RawRecord, list: ProblemList): ServiceAnnotations {
  const found: Writable<ServiceAnnotations> = {};
  const algorithm = readWord(annotations, 'algorithm', ALGORITHMS, list);
  if (algorithm) found.algorithm = algorithm;
  const connectTimeoutMs = readConnectTimeout(annotations, list);
  if (connectTimeoutMs !== undefined) found.connectTimeoutMs = connectTimeoutMs;
  const proxyProtocol = readWord(annotations, 'proxy-protocol', PROXY_PROTOCOLS, list);
  if (proxyProtocol) found.proxyProtocol = proxyProtocol;
  const udpBalance = readWord(annotations, 'udp-balance', UDP_BALANCES, list);
  if (udpBalance) found.udpBalance = udpBalance;
  return found;
}

function readWord<T extends string>(
  annotations: RawRecord,
  name: string,
  words: readonly T[],
  list: ProblemList,
): T | undefined {
  const value = fieldOf(annotations, PREFIX + name);
  const known = words.find((word) => word === value);
  if (value !== undefined && known === undefined) report(name, `must be one of ${words.join(', ')}`, list);
  return known;
}

function readConnectTimeout(annotations: RawRecord, list: ProblemList): number | undefined {
  const name = 'connect-timeout';
  const value = fieldOf(annotations, PREFIX + name);
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' && value.length <= MAX_DURATION_TEXT ? parseDuration(value) : undefined;
  if (ms !== undefined && ms >= LEAST_CONNECT_TIMEOUT_MS && ms <= LONGEST_CONNECT_TIMEOUT_MS) return ms;
  const bounds = `from ${formatDuration(LEAST_CONNECT_TIMEOUT_MS)} to ${formatDuration(LONGEST_CONNECT_TIMEOUT_MS)}`;
  report(name, `must be a duration such as 250ms or 2s, ${bounds}`, list);
  return undefined;
}

function report(name: string, message: string, list: ProblemList): void {
  list.report('ANNOTATION_INVALID', `metadata.annotations["${PREFIX}${name}"]`, message);
}
