/**
 * A routing table without a daemon: from manifests, or straight from the cluster, built by the same functions.
 */

import { ERROR_CODES, type ErrorCode, SvclaneError } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { parseCidr } from '../model/address.ts';
import type { Node } from '../model/node.ts';
import type { NodeContext, RoutingTable } from '../model/route.ts';
import type { Rejection, Source } from '../model/source.ts';
import { channels, type ResourceMessage } from '../observability/channels.ts';
import { type ClusterState, createClusterState } from '../routing/cluster-state.ts';
import { buildTable, emptyTable } from '../routing/table.ts';
import { VERSION } from './version.ts';

/** Where objects come from, and where we are to be. `nodeName` "" = on no node. */
export interface OfflineOptions {
  /** Files and folders with manifests; empty = the cluster. */
  readonly files: readonly string[];
  readonly kubeconfig: string;
  readonly context: string;
  /** `undefined` = that of the context; "" = all. */
  readonly namespace: string | undefined;
  readonly nodeName: string;
  /** Told of each object, or part of one, that was left out. */
  readonly rejected: (rejection: Rejection) => void;
}

/** The table, and the namespace that is meant where none was said. */
export interface OfflineTable {
  readonly table: RoutingTable;
  readonly namespace: string;
}

/**
 * Lists once and builds the table as a daemon on that node would have it, with every kind of frontend. Throws
 * `SVL_MANIFESTS_UNREADABLE`, `SVL_KUBECONFIG`, and what the API server has against it.
 */
export async function buildOfflineTable(options: OfflineOptions): Promise<OfflineTable> {
  const state = createClusterState({ serviceProxyName: '' });
  let { namespace = 'default' } = options;
  if (options.files.length > 0) {
    for (const path of options.files) await listOnce(await manifestsSource(path, options.nodeName), state, options);
  } else {
    const cluster = await clusterSource(options);
    namespace = options.namespace ?? cluster.namespace;
    await listOnce(cluster.source, state, options);
  }
  const snapshot = state.snapshot();
  const context = nodeContextOf(options.nodeName, snapshot.node);
  return { table: buildTable(emptyTable(context), snapshot, state.takeDirty().services, context), namespace };
}

async function manifestsSource(path: string, nodeName: string): Promise<Source> {
  const { checkManifestsPath } = await import('../source/manifests/check-manifests-path.ts');
  const { createManifestsSource } = await import('../source/manifests/manifests-source.ts');
  checkManifestsPath(path);
  return createManifestsSource({ path, clock: systemClock, nodeName });
}

async function clusterSource({
  kubeconfig,
  context,
  namespace,
  nodeName,
}: OfflineOptions): Promise<{ readonly source: Source; readonly namespace: string }> {
  const { createKubernetesSource } = await import('../source/kubernetes/kubernetes-source.ts');
  const { loadKubeAuth } = await import('../source/kubernetes/auth.ts');
  const auth = await loadKubeAuth({ kubeconfig, context, env: process.env });
  const scope = namespace ?? auth.namespace;
  const namespaces = scope === '' ? [] : [scope];
  const userAgent = `svclane/${VERSION}`;
  const where = { namespaces, nodeName, serviceProxyName: '' };
  const watched = createKubernetesSource({ ...where, auth, clock: systemClock, random: Math.random, userAgent });
  const close = async (): Promise<void> => {
    await watched.close();
    await auth.close();
  };
  const source = { kinds: watched.kinds, start: watched.start.bind(watched), status: () => watched.status(), close };
  return { source, namespace: scope };
}

/** Starts a source, waits until all is listed, and closes it. */
async function listOnce(source: Source, state: ClusterState, { rejected }: OfflineOptions): Promise<void> {
  const missing = new Set(source.kinds);
  const listed = Promise.withResolvers<void>();
  const onResource = ({ status: { error } }: ResourceMessage): void => {
    if (error && isErrorCode(error.code)) listed.reject(new SvclaneError(error.code, error.message, hintOf(error)));
  };
  channels.resource.subscribe(onResource);
  try {
    source.start({
      apply: (object) => void state.apply(object),
      delete: (kind, namespace, name) => void state.delete(kind, namespace, name),
      listed(kind) {
        missing.delete(kind);
        if (missing.size === 0) listed.resolve();
      },
      rejected,
    });
    await listed.promise;
  } finally {
    channels.resource.unsubscribe(onResource);
    await source.close();
  }
}

function hintOf({ hint }: { readonly hint?: string }): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CODES;
}

function nodeContextOf(nodeName: string, node: Node | undefined): NodeContext {
  const addresses = node?.addresses ?? [];
  return {
    nodeName,
    zone: node?.zone ?? '',
    nodeIPs: addresses,
    nodePortIPs: addresses,
    podCIDRs: (node?.podCIDRs ?? []).map(parseCidr).filter((range) => range !== undefined),
    frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true },
    lanes: [],
  };
}
