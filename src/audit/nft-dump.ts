/**
 * `nft -j list ruleset`, or `nft -j list table ip kube-proxy` and the same of ip6: kube-proxy's tables, one for each family.
 *
 * Source: libnftables-json(5), schema version 1.
 */

import type { SvclaneError } from '../errors.ts';
import { isRecord } from '../lib/is-record.ts';
import type { IpFamily } from '../model/address.ts';
import type { ChainRule } from './chain-rule.ts';
import { dumpError, quote, recognizeDump } from './dump-error.ts';
import { readNftRule } from './nft-rule.ts';

const TABLE = 'kube-proxy';
const HINT = 'nft -j list ruleset prints what is expected';
const FAMILIES: Readonly<Record<string, IpFamily>> = { ip: 'IPv4', ip6: 'IPv6' };

/** One table. Elements are as nft prints them. */
export interface NftTable {
  readonly family: IpFamily;
  readonly chains: Map<string, ChainRule[]>;
  readonly maps: Map<string, readonly unknown[]>;
  readonly sets: Map<string, readonly unknown[]>;
  /** Of sets whose elements expire: after how many seconds. */
  readonly timeouts: Map<string, number>;
}

/** The tables of kube-proxy. Throws `SVL_DUMP_INVALID` where there is none, or the text is something else. */
export function parseNftDump(texts: readonly string[]): readonly NftTable[] {
  const items = texts.flatMap(itemsOf);
  const tables = new Map<IpFamily, NftTable>();
  for (const [type, value] of items) if (type === 'table') addTable(value, tables);
  // A rule may name a set that is listed behind it.
  for (const wanted of ['set', 'map', 'chain', 'rule']) {
    for (const [type, value] of items) if (type === wanted) addItem(type, value, tables);
  }
  if (tables.size === 0) throw noTable(items);
  for (const table of tables.values()) checkTable(table);
  return [...tables.values()];
}

type Item = readonly [type: string, value: Readonly<Record<string, unknown>>];

function itemsOf(text: string): readonly Item[] {
  const document = parse(text);
  const list = isRecord(document) ? document.nftables : undefined;
  if (!Array.isArray(list)) throw dumpError('the dump is JSON, but has no list "nftables"', HINT);
  const items = list.map((entry, index): Item => {
    const [[type, value] = ['', undefined]] = isRecord(entry) ? Object.entries(entry) : [];
    if (isRecord(value)) return [type, value];
    throw dumpError(`nftables[${index}] of the dump is no object of nft`, HINT);
  });
  const version = items.find(([type]) => type === 'metainfo')?.[1].json_schema_version;
  if (version === undefined || version === 1) return items;
  throw dumpError(`the dump is of version ${quote(String(version))} of nft's JSON, not 1`, HINT);
}

function parse(text: string): unknown {
  if (text.trim() === '') throw dumpError('the dump of nft is empty', `${HINT}; it needs root`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const known = recognizeDump(text);
    if (known?.includes('--nft') === false) throw dumpError(`this is ${known}`, HINT, cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const read = `the dump of nft is no whole JSON (${text.length} characters were read): ${reason}`;
    throw dumpError(read, HINT, cause);
  }
}

function addTable(value: Item[1], tables: Map<IpFamily, NftTable>): void {
  const family = familyNamed(value.family);
  if (value.name !== TABLE || !family) return;
  if (tables.has(family))
    throw dumpError(`the dump has table ${String(value.family)} ${TABLE} twice`, 'give each dump once');
  const empty = { chains: new Map(), maps: new Map(), sets: new Map(), timeouts: new Map() };
  tables.set(family, { family, ...empty });
}

function addItem(type: string, value: Item[1], tables: ReadonlyMap<IpFamily, NftTable>): void {
  const family = familyNamed(value.family);
  const table = family && value.table === TABLE ? tables.get(family) : undefined;
  const name = type === 'rule' ? value.chain : value.name;
  if (!table || typeof name !== 'string') return;
  if (type === 'chain') table.chains.set(name, table.chains.get(name) ?? []);
  else if (type === 'rule') addRule(table, name, value);
  else {
    const elements: readonly unknown[] = Array.isArray(value.elem) ? value.elem : [];
    (type === 'map' ? table.maps : table.sets).set(name, elements);
    if (typeof value.timeout === 'number') table.timeouts.set(name, value.timeout);
  }
}

function addRule(table: NftTable, chain: string, value: Item[1]): void {
  const rules = table.chains.get(chain);
  if (!rules) throw dumpError(`the dump has a rule of chain ${quote(chain)}, but not the chain`, HINT);
  const where = `rule ${String(value.handle ?? '?')} of chain ${chain}`;
  rules.push(readNftRule(where, Array.isArray(value.expr) ? value.expr : [], table.timeouts));
}

/** Every version of kube-proxy that has tables of its own has these. */
function checkTable({ family, maps, chains }: NftTable): void {
  const missing = [
    ...['service-ips', 'service-nodeports', 'no-endpoint-services'].filter((name) => !maps.has(name)),
    ...['services'].filter((name) => !chains.has(name)),
  ];
  if (missing.length === 0) return;
  const table = `table ${family === 'IPv4' ? 'ip' : 'ip6'} ${TABLE}`;
  throw dumpError(`${table} of the dump has no ${missing.join(', ')}: kube-proxy has not filled it`, HINT);
}

function noTable(items: readonly Item[]): SvclaneError {
  const tables = items.filter(([type]) => type === 'table').map(([, { family, name }]) => `${family} ${name}`);
  const isIptables = items.some(([type, { name }]) => type === 'chain' && name === 'KUBE-SERVICES');
  if (isIptables) {
    const read = 'the dump has no table kube-proxy, but chains KUBE-…: kube-proxy runs in mode iptables here';
    return dumpError(read, 'give the output of iptables-save, and of ip6tables-save, as --iptables');
  }
  const read = tables.length === 0 ? 'no table at all' : `the tables ${tables.slice(0, 8).join(', ')}`;
  return dumpError(`the dump has ${read}, but no table kube-proxy of family ip or ip6`, HINT);
}

function familyNamed(name: unknown): IpFamily | undefined {
  return typeof name === 'string' && Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
}
