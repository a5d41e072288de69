/**
 * Looks at this machine for `doctor`: rules of other proxies, the running daemon, the ports that are wanted.
 */

import { Type } from 'typebox';
import { EJECTION_LIST } from '../../admin/ejection-rows.ts';
import { FAULT_LIST } from '../../admin/fault-routes.ts';
import { OVERRIDE_LIST } from '../../admin/override-routes.ts';
import { STATUS } from '../../admin/status.ts';
import type { Config } from '../../config/config.ts';
import { parseHostPort } from '../../config/host-port.ts';
import { captureHolder } from '../../host/capture-lock.ts';
import { runTool } from '../../host/run-tool.ts';
import { askDaemon } from '../admin-client.ts';
import type { DoingsFact } from './check-doings.ts';
import type { ClaimsFact, DaemonFact, WantedPort } from './check-machine.ts';
import { failureOf } from './finding.ts';
import { commandOf } from './listening-sockets.ts';

/** Which rules of a kube-proxy are in the kernel, and which svclane has Service addresses. */
export async function findClaims(captures: boolean, hasDaemon: boolean): Promise<ClaimsFact> {
  const isHolderKnown = hasDaemon;
  if (!captures) return { captures, kubeProxy: [], holder: undefined, isHolderKnown, unreadable: '' };
  const pid = await captureHolder();
  const holder = pid === undefined ? undefined : { pid, command: commandOf(pid) };
  const [nft, iptables] = await Promise.all([
    readOr('nft', ['list', 'tables']),
    readOr('iptables-save', ['-t', 'nat']),
  ]);
  const kubeProxy = [
    ...(/^table ip6? kube-proxy$/m.test(nft.text) ? ['nftables'] : []),
    ...(/^:KUBE-SERVICES /m.test(iptables.text) ? ['iptables or ipvs'] : []),
  ];
  return { captures, kubeProxy, holder, isHolderKnown, unreadable: nft.problem };
}

async function readOr(
  tool: string,
  args: readonly string[],
): Promise<{ readonly text: string; readonly problem: string }> {
  try {
    return { text: await runTool(tool, args), problem: '' };
  } catch (error) {
    return { text: '', problem: failureOf(error).message };
  }
}

/** What the daemon at `host` says of itself. Throws as `askDaemon` does. */
export async function askStatus(host: string): Promise<DaemonFact> {
  const { version, mode, generation, source, counts } = await askDaemon(host, '/v1/status', STATUS);
  const stale = source.resources.filter(({ state }) => state !== 'synced').map(({ kind }) => kind);
  return { version, mode, generation, stale, failedListeners: counts.failed };
}

const SOURCE = Type.Object({ svclane: Type.Object({ source: Type.String() }) });

/** The manifests that the daemon at `host` follows; "" = it follows a cluster. Throws as `askDaemon` does. */
export async function askManifests(host: string): Promise<string> {
  const [, path = ''] = /^file:(.+)$/.exec((await askDaemon(host, '/configz', SOURCE)).svclane.source) ?? [];
  return path;
}

/** What the daemon at `host` does to a Service. Throws as `askDaemon` does. */
export async function askDoings(host: string, namespace: string, service: string): Promise<DoingsFact> {
  const query = new URLSearchParams({ namespace, service });
  const [ejections, overrides, faults] = await Promise.all([
    askDaemon(host, `/v1/ejections?${query}`, EJECTION_LIST),
    askDaemon(host, `/v1/overrides?${query}`, OVERRIDE_LIST),
    askDaemon(host, `/v1/faults?${query}`, FAULT_LIST),
  ]);
  return { ejections: ejections.items, overrides: overrides.items, faults: faults.items };
}

/** The addresses that a daemon with this configuration listens at, with a port of its own choice or not at all left out. */
export function wantedPorts({ health, metrics, admin, lanes }: Config): readonly WantedPort[] {
  const fixed = [
    ['health', health.bindAddress],
    ['metrics', metrics.bindAddress],
    ['admin', admin.listen.replace(/^http:\/\//, '')],
  ] as const;
  const own = fixed.flatMap(([use, text]): readonly WantedPort[] => {
    const found = parseHostPort(text);
    return found ? [{ use, protocol: 'TCP', ...found }] : [];
  });
  const local = lanes.flatMap(({ namespace, service, protocol, address, localPort: port }): readonly WantedPort[] =>
    protocol === 'SCTP' ? [] : [{ use: `lane ${namespace}/${service}`, protocol, address, port }],
  );
  return [...own, ...local].filter(({ port }) => port !== 0);
}
