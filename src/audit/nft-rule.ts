/**
 * One rule of nftables, as far as kube-proxy writes rules.
 *
 * Source: libnftables-json(5), "STATEMENTS" and "EXPRESSIONS".
 */

import { isRecord } from '../lib/is-record.ts';
import { type Cidr, formatHostPort, parseAddress, parseCidr } from '../model/address.ts';
import { rangesBetween } from './address-ranges.ts';
import type { ChainRule, Condition, Outcome } from './chain-rule.ts';
import { protocolNamed } from './programmed.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reads the statements of a rule. What is not known is `unknown`, never left out. `timeouts` are those of the sets. */
export function readNftRule(
  where: string,
  statements: readonly unknown[],
  timeouts: ReadonlyMap<string, number>,
): ChainRule {
  const conditions: Condition[] = [];
  const outcomes: Outcome[] = [];
  for (const statement of statements) {
    const [[type, value] = ['', undefined]] = isRecord(statement) ? Object.entries(statement) : [];
    if (type === 'match' && isRecord(value)) conditions.push(readMatch(value, timeouts));
    else outcomes.push(readStatement(type, value));
  }
  return { where, conditions, outcomes };
}

function readMatch({ op, left, right }: Json, timeouts: ReadonlyMap<string, number>): Condition {
  const negated = op === '!=';
  if (!isRecord(left) || (!negated && op !== '==' && op !== 'in')) return { type: 'unknown' };
  const meta = at(left, 'meta', 'key');
  if (meta === 'l4proto' && !negated) {
    const protocol = protocolNamed(right);
    return protocol ? { type: 'protocol', protocol } : { type: 'unknown' };
  }
  // By its address, or by the interface that it comes from: how kube-proxy is told to detect local traffic.
  if (meta === 'iifname') return { type: 'pod', negated, sources: undefined };
  if (at(left, 'payload', 'field') === 'saddr') return readSource(right, negated, timeouts);
  const flags = at(left, 'fib', 'flags');
  const isSourceType = at(left, 'fib', 'result') === 'type' && Array.isArray(flags) && flags.includes('saddr');
  return isSourceType && right === 'local' ? { type: 'node', negated } : { type: 'unknown' };
}

function readSource(right: unknown, negated: boolean, timeouts: ReadonlyMap<string, number>): Condition {
  if (typeof right !== 'string' || !right.startsWith('@')) {
    const sources = readAddresses(right);
    return sources ? { type: 'pod', negated, sources } : { type: 'unknown' };
  }
  const set = right.slice(1);
  const seconds = timeouts.get(set);
  return seconds === undefined || negated ? { type: 'unknown' } : { type: 'sticky', set, seconds };
}

/** An address, a prefix, a range, or a set of these. */
function readAddresses(value: unknown): readonly Cidr[] | undefined {
  if (isRecord(value) && Array.isArray(value.set)) {
    const parts = value.set.map(readAddresses);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  if (isRecord(value) && Array.isArray(value.range)) {
    const [first, last] = value.range.map((end) => (typeof end === 'string' ? parseAddress(end) : undefined));
    return first !== undefined && last !== undefined ? rangesBetween(first, last) : undefined;
  }
  const address = typeof value === 'string' ? value : at({ value }, 'value', 'prefix');
  const range = isRecord(address) ? parseCidr(`${address.addr}/${address.len}`) : hostRange(address);
  return range && [range];
}

function hostRange(address: unknown): Cidr | undefined {
  if (typeof address !== 'string') return undefined;
  return parseCidr(address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`);
}

function readStatement(type: string, value: unknown): Outcome {
  switch (type) {
    case 'mangle':
    case 'counter':
    case 'masquerade':
    case 'log':
      return { type: 'pass' };
    case 'reject':
    case 'drop':
    case 'accept':
    case 'return':
      return { type };
    case 'goto':
    case 'jump':
      return readChains([{ [type]: value }]);
    case 'set':
      return readRemember(value);
    case 'dnat':
      return readDnat(value);
    case 'vmap':
      return readVerdictMap(value);
    default:
      return { type: 'unknown' };
  }
}

function readRemember(value: unknown): Outcome {
  const set = isRecord(value) ? value.set : undefined;
  return typeof set === 'string' ? { type: 'remember', set: set.replace(/^@/, '') } : { type: 'unknown' };
}

/** `dnat to 10.0.0.1:80`, or to one of several by a random number. */
function readDnat(value: unknown): Outcome {
  if (!isRecord(value)) return { type: 'unknown' };
  const { addr, port } = value;
  const targets = isRecord(addr) ? elementsOf(at(addr, 'map', 'data')) : [{ concat: [addr, port] }];
  const endpoints = targets?.map(endpointOf) ?? [];
  const whole = endpoints.filter((endpoint) => endpoint !== undefined);
  const isWhole = whole.length === endpoints.length && whole.length > 0;
  return isWhole ? { type: 'endpoints', endpoints: whole } : { type: 'unknown' };
}

function endpointOf(target: unknown): string | undefined {
  const [address, port] = listOf(isRecord(target) ? target.concat : undefined);
  const canonical = typeof address === 'string' ? parseAddress(address) : undefined;
  return canonical !== undefined && typeof port === 'number' ? formatHostPort(canonical, port) : undefined;
}

function readVerdictMap(value: unknown): Outcome {
  const data = isRecord(value) ? value.data : undefined;
  if (typeof data === 'string' && data.startsWith('@')) return { type: 'map', map: data.slice(1) };
  const isRandom = isRecord(value) && isRecord(value.key) && 'numgen' in value.key;
  const verdicts = elementsOf(data);
  return isRandom && verdicts ? readChains(verdicts) : { type: 'unknown' };
}

function readChains(verdicts: readonly unknown[]): Outcome {
  const targets = verdicts.map((verdict) => {
    const [[type, value] = ['', undefined]] = isRecord(verdict) ? Object.entries(verdict) : [];
    const target = isRecord(value) ? value.target : undefined;
    return (type === 'goto' || type === 'jump') && typeof target === 'string' ? { type, target } : undefined;
  });
  const known = targets.filter((target) => target !== undefined);
  if (known.length !== targets.length || known.length === 0) return { type: 'unknown' };
  return {
    type: 'chains',
    chains: known.map(({ target }) => target),
    final: known.every(({ type }) => type === 'goto'),
  };
}

/** The values of an anonymous map, `{"set": [[0, …], [1, …]]}`. */
function elementsOf(data: unknown): readonly unknown[] | undefined {
  const pairs = isRecord(data) ? data.set : undefined;
  return Array.isArray(pairs) ? pairs.map((pair) => listOf(pair)[1]) : undefined;
}

function at(record: Json, outer: string, inner: string): unknown {
  const value = record[outer];
  return isRecord(value) ? value[inner] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
