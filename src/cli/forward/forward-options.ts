/**
 * The command line of `forward`, understood and checked before anything is asked.
 */

import { parseHostPort } from '../../config/host-port.ts';
import { SvclaneError } from '../../errors.ts';
import { parseDuration } from '../../lib/duration.ts';
import { isLoopback, parseAddress } from '../../model/address.ts';
import type { Binding } from '../../model/capture.ts';
import type { LocalAddresses } from './local-ports.ts';
import { parseTargets, type Target } from './target-notation.ts';

/** The options as commander gives them. */
export interface ForwardOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
  readonly filename?: string;
  readonly address?: string;
  readonly portsFile?: string;
  readonly waitReady?: string;
  readonly env?: boolean;
  readonly plain?: boolean;
  readonly transport?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly hosts?: string;
  readonly dns?: string;
  readonly dnsForward?: string;
  readonly socks?: string;
  readonly adminListen?: string;
  readonly algorithm?: string;
}

/** What is to be done. */
export interface ForwardRequest {
  readonly targets: readonly Target[];
  /** Targets beside the ones that are named: every Service of the scope, or those of a selector. */
  readonly selection: { readonly labelSelector: string } | undefined;
  /** `undefined` = that of the context. */
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
  /** A file of lanes; "-" = standard input. */
  readonly lanesFile: string | undefined;
  readonly addresses: LocalAddresses;
  readonly tellsAll: boolean;
  readonly portsFile: string | undefined;
  readonly waitReadyMs: number | undefined;
  readonly printsEnv: boolean;
  readonly isPlain: boolean;
  /** Whether each Service gets an address of its own. */
  readonly hasHosts: boolean;
  /** Whether names of the whole scope are served, not those of targets alone. */
  readonly hasNames: boolean;
  readonly dns: Binding | undefined;
  readonly dnsForward: Binding | undefined;
  readonly socks: Binding | undefined;
  readonly command: readonly string[];
  /** Flags of the configuration. */
  readonly flags: Readonly<Record<string, string>>;
}

const DNS_DEFAULT = { address: '127.0.0.1', port: 0 };

/** Reads it. `words` are those ahead of `--`, `command` those behind. Throws `SVL_USAGE`. */
export function readForwardRequest(
  words: readonly string[],
  command: readonly string[],
  options: ForwardOptions,
): ForwardRequest {
  const { all = false, selector, allNamespaces = false, filename, env = false, plain = false } = options;
  const hasHosts = readHosts(options.hosts);
  const targets = parseTargets(words);
  const dns = readListen('--dns', options.dns) ?? (hasHosts ? DNS_DEFAULT : undefined);
  const socks = readListen('--socks', options.socks);
  const isAll = all || allNamespaces || (hasHosts && targets.length === 0 && filename === undefined);
  const selection = isAll || selector !== undefined ? { labelSelector: selector ?? '' } : undefined;
  if (targets.length === 0 && !selection && filename === undefined && !dns && !socks) throw nothing();
  if (selection && targets.length > 0) throw usage('name targets, or choose them by --all, -A or -l, but not both');
  return {
    targets,
    selection,
    namespace: options.namespace,
    allNamespaces,
    lanesFile: filename,
    addresses: readAddresses(options.address ?? 'localhost'),
    tellsAll: options.address !== undefined,
    portsFile: options.portsFile,
    waitReadyMs: readWait(options.waitReady),
    printsEnv: env,
    isPlain: plain,
    hasHosts,
    hasNames: options.dns !== undefined || socks !== undefined,
    dns,
    dnsForward: readListen('--dns-forward', options.dnsForward, 53),
    socks,
    command,
    flags: configFlags(options),
  };
}

/** Whether an address can be reached from other machines. */
export function isOpenToOthers({ needed }: LocalAddresses): boolean {
  return needed.some((address) => !isLoopback(address));
}

/** Source: kubectl port-forward `--address`: a list of addresses, or the word localhost. */
function readAddresses(text: string): LocalAddresses {
  const needed: string[] = [];
  const optional: string[] = [];
  for (const word of text.split(',').map((part) => part.trim())) {
    const address = parseAddress(word.replace(/^\[(.*)\]$/, '$1'));
    if (word === 'localhost') {
      needed.push('127.0.0.1');
      optional.push('::1');
    } else if (address !== undefined) needed.push(address);
    else throw usage(`--address: "${word}" is neither an IP address nor localhost`);
  }
  return { needed: [...new Set(needed)], optional: [...new Set(optional)].filter((one) => !needed.includes(one)) };
}

function readHosts(text: string | undefined): boolean {
  if (text === undefined || text === 'off') return false;
  if (text === 'auto') return true;
  throw usage(`--hosts "${text}": expected auto`);
}

/** `:1080`, `1080`, `127.0.0.1:1080`, `[::1]:1080`; an address alone where there is a usual port. */
function readListen(flag: string, text: string | undefined, usualPort?: number): Binding | undefined {
  if (text === undefined) return undefined;
  const port = /^:?(\d{1,5})$/.exec(text)?.[1];
  const whole = port === undefined ? text.replace(/^localhost:/, '127.0.0.1:') : `127.0.0.1:${port}`;
  const found = parseHostPort(whole, usualPort);
  if (!found) throw usage(`${flag} "${text}": expected :PORT or ADDRESS:PORT`);
  return found;
}

function readWait(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw usage(`--wait-ready "${text}" is no duration such as 30s`);
  return ms;
}

function configFlags({
  transport,
  context,
  kubeconfig,
  adminListen,
  algorithm,
}: ForwardOptions): Record<string, string> {
  const given = { transport, context, kubeconfig, 'admin-listen': adminListen, algorithm };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function nothing(): SvclaneError {
  return new SvclaneError('SVL_USAGE', 'nothing to forward', {
    hint: 'name a target: svclane forward svc/web 8080:http; or --all, -l, -f, --socks',
  });
}

function usage(message: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', message, { hint: 'svclane forward --help' });
}
