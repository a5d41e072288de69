/**
 * The rules that `audit` looks at: from dumps, or read on this machine by the tool itself.
 */

import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { readIptablesRules } from '../audit/iptables-rules.ts';
import { readIpvsRules } from '../audit/ipvs-rules.ts';
import { readNftRules } from '../audit/nft-rules.ts';
import type { ProgrammedRules } from '../audit/programmed.ts';
import { SvclaneError } from '../errors.ts';
import { runTool, ToolError } from '../host/run-tool.ts';

/** Where rules come from: files, `-` = standard input; several of one kind belong together. */
export interface AuditInput {
  readonly nft?: readonly string[];
  readonly iptables?: readonly string[];
  readonly ipvs?: readonly string[];
  readonly live?: boolean;
}

type Reader = (texts: readonly string[]) => ProgrammedRules;

/** Reads the rules. Throws `SVL_USAGE` unless exactly one kind is named, and `SVL_DUMP_INVALID`. */
export async function readAuditInput({ nft, iptables, ipvs, live = false }: AuditInput): Promise<ProgrammedRules> {
  const given: readonly (readonly [files: readonly string[], read: Reader])[] = [
    [nft ?? [], readNftRules],
    [iptables ?? [], readIptablesRules],
    [ipvs ?? [], readIpvsRules],
  ];
  const named = given.filter(([files]) => files.length > 0);
  if (named.length + (live ? 1 : 0) !== 1) {
    const hint = 'one of --nft FILE, --iptables FILE, --ipvs FILE (- is standard input), or --live';
    throw new SvclaneError('SVL_USAGE', 'which rules? one kind of dump is compared at a time', { hint });
  }
  const [first] = named;
  if (!first) return readLiveRules();
  const [files, read] = first;
  if (files.filter((file) => file === '-').length > 1) {
    throw new SvclaneError('SVL_USAGE', 'standard input can be read once only', {
      hint: 'give the other dump as a file',
    });
  }
  return read(await Promise.all(files.map(readDump)));
}

async function readDump(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_DUMP_INVALID', `the dump cannot be read: ${reason}`, { cause });
  }
}

/** Which mode kube-proxy runs in shows by what it has made: its own nftables table, virtual servers, or chains. */
async function readLiveRules(): Promise<ProgrammedRules> {
  const tables = await tryTool('nft', ['-j', 'list', 'tables']);
  const families = ['ip', 'ip6'].filter((family) => hasTable(tables.text, family));
  if (families.length > 0) {
    const texts = families.map((family) => runTool('nft', ['-j', 'list', 'table', family, 'kube-proxy']));
    return readNftRules(await Promise.all(texts));
  }
  const servers = await tryTool('ipvsadm', ['-Sn']);
  if (servers.text.trim() !== '') return readIpvsRules([servers.text]);
  const four = await tryTool('iptables-save', []);
  const six = await tryTool('ip6tables-save', []);
  const texts = [four.text, six.text].filter((text) => text.includes('KUBE-SERVICES'));
  if (texts.length > 0) return readIptablesRules(texts);
  const failures = [tables, servers, four, six].flatMap(({ failure }) => failure ?? []);
  const read = 'no rules of kube-proxy were found on this machine';
  throw new SvclaneError('SVL_DUMP_INVALID', [read, ...failures].join('; '), {
    hint: 'run it as root on the node, in its network namespace; or give a dump by --nft, --iptables or --ipvs',
  });
}

async function tryTool(
  tool: string,
  args: readonly string[],
): Promise<{ readonly text: string; readonly failure?: string }> {
  try {
    return { text: await runTool(tool, args) };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { text: '', failure: error.message };
  }
}

function hasTable(text: string, family: string): boolean {
  return new RegExp(`"family": "${family}", "name": "kube-proxy"`).test(text);
}
