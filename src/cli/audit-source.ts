/**
 * What the rules should be: from a running daemon at a revision, with its history; from manifests, or from the cluster.
 */

import { hostname } from 'node:os';
import { Type } from 'typebox';
import { HISTORY } from '../admin/history-rows.ts';
import { OBJECT_LIST } from '../admin/object-rows.ts';
import { type AuditedNode, buildDesiredTable, type ServiceObjects } from '../audit/desired-table.ts';
import type { PastChange } from '../audit/drift-cause.ts';
import { SvclaneError } from '../errors.ts';
import { decodeObject } from '../model/decode-object.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { RoutingTable } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import { askDaemon } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { parseMoment } from './moment.ts';

/** Where to ask. `node` = whose rules are audited. */
export interface AuditSource {
  readonly host?: string;
  readonly at?: string;
  readonly filename?: readonly string[];
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly node?: string;
  readonly live?: boolean;
}

/** What is asked for, and who can say since when. */
export interface DesiredState {
  readonly table: RoutingTable;
  /** The revision of the daemon; `undefined` = there was no daemon. */
  readonly generation: number | undefined;
  /** The changes of a Service up to that revision, oldest first; empty where nobody keeps them. */
  changesOf(namespace: string, service: string): Promise<readonly PastChange[]>;
}

/** More changes of one Service than this do not help. */
const MAX_CHANGES = 1000;
const PAGE = 500;

/** Asks. Throws `SVL_USAGE` where the node is not clear, and what the source has to object. */
export async function readDesiredState(source: AuditSource): Promise<DesiredState> {
  const { filename = [], cluster = false, at } = source;
  const offline = cluster || filename.length > 0;
  if (cluster && filename.length > 0) throw usage('-f and --cluster exclude one another', 'choose one source');
  if (offline && at !== undefined) {
    throw usage('--at needs the history of a running daemon', 'leave -f and --cluster out');
  }
  return offline ? readOffline(source) : readFromDaemon(daemonHost(source.host, process.env), source);
}

async function readOffline(source: AuditSource): Promise<DesiredState> {
  const nodeName = nodeOf(source, '');
  const { buildOfflineTable } = await import('./offline-table.ts');
  const { table } = await buildOfflineTable({
    files: source.filename ?? [],
    kubeconfig: source.kubeconfig ?? '',
    context: source.context ?? '',
    namespace: '',
    nodeName,
    rejected: () => {},
  });
  const { zone, nodeIPs: addresses, podCIDRs } = table.node;
  const node = { nodeName, zone, addresses, podCIDRs: podCIDRs.map(({ text }) => text) };
  const desired = buildDesiredTable(table.services.values(), node);
  return { table: desired, generation: undefined, changesOf: async () => [] };
}

async function readFromDaemon(host: string, source: AuditSource): Promise<DesiredState> {
  await checkScope(host);
  const objects: ServiceObjects[] = [];
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (source.at !== undefined) query.set('at', parseMoment(source.at, Date.now()));
  let page = await askDaemon(host, `/v1/objects?${query}`, OBJECT_LIST);
  const { generation, node, serviceProxyName } = page;
  if (serviceProxyName !== '') {
    const read = `this daemon follows the Services labelled ${serviceProxyName}, which kube-proxy leaves alone`;
    throw usage(read, 'ask the cluster instead: --cluster --node NAME');
  }
  // What follows is of the same revision, whatever happens meanwhile.
  query.set('at', String(generation));
  objects.push(...page.items.map(decodeRow));
  while (page.continue !== undefined) {
    query.set('continue', page.continue);
    page = await askDaemon(host, `/v1/objects?${query}`, OBJECT_LIST);
    objects.push(...page.items.map(decodeRow));
  }
  const audited: AuditedNode = { ...node, nodeName: nodeOf(source, node.name) };
  const changesOf = async (namespace: string, service: string): Promise<readonly PastChange[]> => {
    const wanted = new URLSearchParams({ namespace, service, limit: String(MAX_CHANGES) });
    const { items } = await askDaemon(host, `/v1/history?${wanted}`, HISTORY);
    return items.filter((change) => change.generation <= generation);
  };
  return { table: buildDesiredTable(objects, audited), generation, changesOf };
}

const SCOPE = Type.Object({ svclane: Type.Object({ scope: Type.Object({ namespaces: Type.Array(Type.String()) }) }) });

/** A daemon that follows some namespaces only cannot say what does not belong. */
async function checkScope(host: string): Promise<void> {
  const { namespaces } = (await askDaemon(host, '/configz', SCOPE)).svclane.scope;
  if (namespaces.length === 0) return;
  const read = `this daemon follows the namespaces ${namespaces.join(', ')} only, kube-proxy all`;
  throw usage(read, 'ask the cluster instead: --cluster --node NAME');
}

/** The node whose rules are audited. Traffic policies and hints depend on it: it is not guessed. */
function nodeOf({ node, live }: AuditSource, known: string): string {
  if (node !== undefined && node !== '') {
    const wanted = node.toLowerCase();
    if (known === '' || known === wanted) return wanted;
    throw usage(`the daemon knows node ${known}, not ${wanted}`, 'ask the cluster instead: --cluster --node NAME');
  }
  if (known !== '') return known;
  if (process.env.NODE_NAME) return process.env.NODE_NAME.toLowerCase();
  if (live) return hostname().toLowerCase();
  throw usage('of which node are these rules?', 'say so by --node NAME');
}

function decodeRow({
  service,
  slices,
}: {
  readonly service: unknown;
  readonly slices: readonly unknown[];
}): ServiceObjects {
  const decoded = decodeObject(service, 'Service').object;
  if (decoded?.kind !== 'Service') throw unexpected();
  const found = slices.map((slice): EndpointSlice => {
    const { object } = decodeObject(slice, 'EndpointSlice');
    if (object?.kind !== 'EndpointSlice') throw unexpected();
    return object;
  });
  const whole: Service = decoded;
  return { service: whole, slices: found };
}

function unexpected(): SvclaneError {
  return new SvclaneError('SVL_DAEMON_RESPONSE', 'the daemon answered with objects that cannot be read', {
    hint: 'compare "svclane version" with the daemon\'s',
  });
}

function usage(message: string, hint: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', message, { hint });
}
