/**
 * One line of iptables-save, as far as kube-proxy writes rules.
 *
 * Source: iptables-save(8), iptables(8), iptables-extensions(8).
 */

import { type Cidr, formatHostPort, type Protocol, parseAddress, parseCidr } from '../model/address.ts';
import type { ChainRule, Condition, Outcome } from './chain-rule.ts';
import { protocolNamed } from './programmed.ts';

/** A rule, with what makes it the way to a frontend. */
export interface IptablesRule extends ChainRule {
  readonly chain: string;
  /** The one address that it is for, as written without its prefix length; `undefined` = any, or a wider range. */
  readonly destination: string | undefined;
  /** It is for a range of addresses, `127.0.0.0/8`. */
  readonly hasRange: boolean;
  /** `undefined` = any. */
  readonly port: number | undefined;
  readonly protocol: Protocol | undefined;
  readonly source: Cidr | undefined;
  readonly comment: string;
}

/** Options without a value that restrict nothing that matters here, or that a rule of kube-proxy has only with others. */
const FLAGS: ReadonlySet<string> = new Set(['--reap', '--rsource', '--random-fully', '--set', '--rcheck']);
/** Options with a value that does not decide where a packet goes. */
const IGNORED: ReadonlySet<string> = new Set([
  ...[
    '-m',
    '--comment',
    '--mask',
    '--mode',
    '--nfacct-name',
    '--reject-with',
    '--xor-mark',
    '--or-mark',
    '--set-xmark',
  ],
]);
const PASSING: ReadonlySet<string> = new Set(['KUBE-MARK-MASQ', 'KUBE-MARK-DROP', 'MARK', 'MASQUERADE', 'LOG']);

/** Reads a line `-A CHAIN …`, with or without counters; `undefined` where it is none. */
export function parseIptablesRule(line: string, number: number): IptablesRule | undefined {
  const words = split(line.replace(/^\[\d+:\d+\] /, ''));
  const [verb, chain] = words ?? [];
  if (!words || verb !== '-A' || chain === undefined) return undefined;
  const options = readOptions(words.slice(2));
  const destination = options.get('-d');
  const host = options.get('!-d') === undefined ? hostOf(destination) : undefined;
  const protocol = protocolNamed(options.get('-p'));
  const port = options.get('--dport');
  return {
    where: `line ${number}: ${line.slice(0, 200)}`,
    chain,
    destination: host,
    hasRange: destination !== undefined && host === undefined,
    port: port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined,
    protocol,
    source: parseCidr(options.get('-s') ?? ''),
    comment: options.get('--comment') ?? '',
    conditions: conditionsOf(options, protocol),
    outcomes: [...rememberOf(options), outcomeOf(options)],
  };
}

/** The options and their values; one that is negated has a `!` before it, one that is not known has no value. */
function readOptions(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const negated = words[i] === '!';
    if (negated) i++;
    const option = words[i] ?? '';
    const isFlag = FLAGS.has(option);
    options.set(`${negated ? '!' : ''}${option}`, isFlag ? '' : (words[i + 1] ?? ''));
    if (!isFlag) i++;
  }
  return options;
}

const HANDLED: ReadonlySet<string> = new Set([
  ...[
    '-d',
    '!-d',
    '-p',
    '--dport',
    '-j',
    '-g',
    '--to-destination',
    '--dst-type',
    '--name',
    '--seconds',
    '--probability',
  ],
  ...['-s', '!-s', '-i', '!-i', '--src-type', '!--src-type'],
]);

function conditionsOf(options: ReadonlyMap<string, string>, protocol: Protocol | undefined): readonly Condition[] {
  const conditions: Condition[] = [];
  if (protocol) conditions.push({ type: 'protocol', protocol });
  for (const option of ['-s', '!-s', '-i', '!-i']) {
    const value = options.get(option);
    if (value === undefined) continue;
    const range = parseCidr(value);
    conditions.push({ type: 'pod', negated: option.startsWith('!'), sources: range && [range] });
  }
  const sourceType = options.get('--src-type') ?? options.get('!--src-type');
  if (sourceType !== undefined) {
    const isLocal = sourceType === 'LOCAL';
    conditions.push(isLocal ? { type: 'node', negated: options.has('!--src-type') } : { type: 'unknown' });
  }
  if (options.has('--rcheck')) conditions.push(stickyOf(options));
  if (options.has('--probability')) conditions.push({ type: 'chance' });
  const isKnown = (option: string): boolean => HANDLED.has(option) || IGNORED.has(option) || FLAGS.has(option);
  if (![...options.keys()].every(isKnown)) conditions.push({ type: 'unknown' });
  return conditions;
}

function stickyOf(options: ReadonlyMap<string, string>): Condition {
  const seconds = Number(options.get('--seconds'));
  const set = options.get('--name');
  return set === undefined || !Number.isInteger(seconds) ? { type: 'unknown' } : { type: 'sticky', set, seconds };
}

function rememberOf(options: ReadonlyMap<string, string>): readonly Outcome[] {
  const set = options.get('--name');
  return options.has('--set') && set !== undefined ? [{ type: 'remember', set }] : [];
}

function outcomeOf(options: ReadonlyMap<string, string>): Outcome {
  const target = options.get('-j') ?? options.get('-g');
  if (target === undefined || PASSING.has(target)) return { type: 'pass' };
  if (target === 'DNAT') return dnatOf(options.get('--to-destination') ?? '');
  if (target === 'REJECT') return { type: 'reject' };
  if (target === 'DROP') return { type: 'drop' };
  if (target === 'RETURN') return { type: 'return' };
  if (target === 'ACCEPT') return { type: 'accept' };
  return { type: 'chains', chains: [target], final: options.has('-g') };
}

function dnatOf(text: string): Outcome {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(six ?? four ?? '');
  if (address === undefined) return { type: 'unknown' };
  return { type: 'endpoints', endpoints: [formatHostPort(address, Number(port))] };
}

/** `10.96.0.1/32` and `fd96::1/128` are hosts. */
function hostOf(text: string | undefined): string | undefined {
  const [address = '', length] = (text ?? '').split('/');
  const whole = address.includes(':') ? '128' : '32';
  return length === undefined || length === whole ? parseAddress(address) : undefined;
}

/** Words; a quoted one may have spaces, and escapes. `undefined` = a quote that does not end. */
function split(line: string): readonly string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))/gy;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (!match) return undefined;
    const [, quoted, plain = ''] = match;
    if (quoted === undefined && plain.startsWith('"')) return undefined;
    words.push(quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
  }
  return words;
}
