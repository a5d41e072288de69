/**
 * Names of the cluster, taken apart.
 *
 *   [below.]service.namespace.svc.DOMAIN      below: `hostname`, `_port._protocol`, `_protocol`
 *   a-b-c-d.namespace.pod.DOMAIN
 *   d.c.b.a.in-addr.arpa, ….ip6.arpa
 *
 * The short forms `service`, `service.namespace` and `service.namespace.svc` are what a pod's search list would complete.
 *
 * Source: Kubernetes DNS-Based Service Discovery 1.1.0.
 */

import { parseAddress } from '../../model/address.ts';

/** What stands to the left of `service.namespace`. */
export type BelowService =
  | { readonly kind: 'host'; readonly hostname: string }
  | { readonly kind: 'port'; readonly port: string; readonly protocol: string }
  | { readonly kind: 'protocol'; readonly protocol: string };

/** A name of a Service, or below one. `namespace` `undefined` = the default one. */
export interface ServiceName {
  readonly kind: 'service';
  readonly namespace: string | undefined;
  readonly service: string;
  readonly below: BelowService | undefined;
  /** Written without the domain: where nothing of ours has the name, it may be a name of somebody else. */
  readonly isShort: boolean;
}

/** `folder`: a name that only others stand below. `unknown`: below the domain, but of no known form. */
export type ParsedName =
  | ServiceName
  | { readonly kind: 'apex' | 'version' | 'name-server' | 'folder' | 'unknown' | 'elsewhere' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'pod'; readonly address: string }
  | { readonly kind: 'reverse'; readonly address: string };

const UNKNOWN: ParsedName = { kind: 'unknown' };
const ELSEWHERE: ParsedName = { kind: 'elsewhere' };
const FOLDER: ParsedName = { kind: 'folder' };

/** Takes a name apart. `name` and `domain` are in lower case, without the last dot. */
export function parseName(name: string, domain: string): ParsedName {
  if (name === domain) return { kind: 'apex' };
  if (name.endsWith(`.${domain}`)) return parseInDomain(name.slice(0, -domain.length - 1).split('.'));
  return parseReverse(name) ?? parseShort(name.split('.'));
}

/** Whether a name of ours could be a public one as well: `web.shop`, but neither `web` nor `web.shop.svc`. */
export function mayBePublic(name: string, domain: string): boolean {
  const parsed = parseName(name, domain);
  return parsed.kind === 'service' && parsed.isShort && parsed.namespace !== undefined && !name.endsWith('.svc');
}

/** The text of an address in a name: `10-244-1-7`, `fd00--7`. */
export function dashedAddress(address: string): string {
  return address.replace(/[.:]/g, '-');
}

function parseInDomain(labels: readonly string[]): ParsedName {
  const branch = labels.at(-1);
  const rest = labels.slice(0, -1);
  if (branch === 'dns-version' && rest.length === 0) return { kind: 'version' };
  if (branch === 'dns') return parseDnsBranch(rest);
  if (branch === 'pod') return parsePodBranch(rest);
  return branch === 'svc' ? parseServiceBranch(rest) : UNKNOWN;
}

function parseDnsBranch(rest: readonly string[]): ParsedName {
  if (rest.length === 0) return FOLDER;
  return rest.length === 1 && rest[0] === 'ns' ? { kind: 'name-server' } : UNKNOWN;
}

/** Any address has a name here, whoever has it: nobody but the pods themselves could say more. */
function parsePodBranch(rest: readonly string[]): ParsedName {
  if (rest.length < 2) return FOLDER;
  const [dashed = ''] = rest;
  const address = parseAddress(dashed.replaceAll('-', '.')) ?? parseAddress(dashed.replaceAll('-', ':'));
  return rest.length === 2 && address !== undefined ? { kind: 'pod', address } : UNKNOWN;
}

function parseServiceBranch(rest: readonly string[]): ParsedName {
  const [namespace, service, ...before] = rest.toReversed();
  if (namespace === undefined) return FOLDER;
  if (service === undefined) return { kind: 'namespace', namespace };
  const below = parseBelow(before.toReversed());
  return below === 'none' ? UNKNOWN : { kind: 'service', namespace, service, below, isShort: false };
}

function parseShort(labels: readonly string[]): ParsedName {
  if (labels.length > 2 && labels.at(-1) === 'svc') {
    const parsed = parseServiceBranch(labels.slice(0, -1));
    return parsed.kind === 'service' ? { ...parsed, isShort: true } : ELSEWHERE;
  }
  const isPort = labels.length > 2 && isUnderscored(labels[0]) && isUnderscored(labels[1]);
  const [service, namespace, ...rest] = isPort ? labels.slice(2) : labels;
  const below = isPort ? parseBelow(labels.slice(0, 2)) : undefined;
  if (service === undefined || rest.length > 0 || isUnderscored(service) || below === 'none') return ELSEWHERE;
  return { kind: 'service', namespace, service, below, isShort: true };
}

function parseBelow(labels: readonly string[]): BelowService | 'none' | undefined {
  const [first, second] = labels;
  if (first === undefined) return undefined;
  if (labels.length > 2) return 'none';
  if (second === undefined) {
    return isUnderscored(first) ? { kind: 'protocol', protocol: first.slice(1) } : { kind: 'host', hostname: first };
  }
  const isPort = isUnderscored(first) && isUnderscored(second);
  return isPort ? { kind: 'port', port: first.slice(1), protocol: second.slice(1) } : 'none';
}

function isUnderscored(label: string | undefined): boolean {
  return label?.startsWith('_') === true && label.length > 1;
}

/** Source: RFC 1035 section 3.5, RFC 3596 section 2.5. Parts of such a name are nobody's that we know. */
function parseReverse(name: string): ParsedName | undefined {
  const labels = name.split('.');
  if (labels.at(-1) !== 'arpa') return undefined;
  const digits = labels.slice(0, -2).reverse();
  const isV4 = labels.at(-2) === 'in-addr' && digits.length === 4 && digits.every((digit) => /^\d{1,3}$/.test(digit));
  const isV6 = labels.at(-2) === 'ip6' && digits.length === 32 && digits.every((digit) => /^[\da-f]$/.test(digit));
  const groups = isV6 ? (digits.join('').match(/.{4}/g) ?? []) : [];
  const address = parseAddress(isV4 ? digits.join('.') : groups.join(':'));
  return (isV4 || isV6) && address !== undefined ? { kind: 'reverse', address } : ELSEWHERE;
}
