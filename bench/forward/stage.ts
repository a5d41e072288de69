/**
 * Where the comparison takes place: a cluster of one node, and a laptop beside it.
 *
 * ```
 *   laptop ── lan (API server) ── node-a (kubelet, containerd) ── pods: gen pod
 *     └ gen ──▶ kubectl │ svclane        no way to the pods but through the API server
 * ```
 *
 * `one` is a pod, and a Service of that pod alone; `web` are three pods of a Deployment, and their Service. `lane-1`, `lane-2`, …
 * are Services more of the single pod.
 */

import { IMAGE_PREFIX } from '../../test/cluster/build/images.ts';
import { type Cluster, startCluster } from '../../test/cluster/rig/cluster.ts';
import { eventually } from '../../test/cluster/rig/eventually.ts';
import { run } from '../load/processes.ts';

/** Services that nothing but the lanes of the memory case lead to. */
export const LANES = 50;
/** Ports of a pod; Services have the same. */
export const HTTP_PORT = 8080;
export const BULK_PORT = HTTP_PORT + 1;

const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/web';
const NAMESPACE = '/api/v1/namespaces/default';
const PATIENCE = { timeoutMs: 120_000, everyMs: 250 };

export interface Stage {
  /** The kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** The address of the single pod, for a comparison without any proxy. */
  readonly podAddress: string;
  /** A folder for this stage's files alone. */
  folder(name: string): string;
  /** The command, to be run on the laptop, or on the node. */
  on(place: 'laptop' | 'node', command: readonly string[]): readonly string[];
  /** Replaces all pods of `web`; resolves when that is over. */
  rollOut(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it; resolves when all pods are ready. `gen` is the generator's path. */
export async function startStage(gen: string): Promise<Stage> {
  const cluster = await startCluster({ nodes: 1 });
  try {
    return await furnish(cluster, gen);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function furnish(cluster: Cluster, gen: string): Promise<Stage> {
  const laptop = await addLaptop(cluster);
  await makeObjects(cluster, gen);
  const names = await eventually('all pods are ready', () => ready(cluster, 'app in (one,web)', 4), PATIENCE);
  const node = cluster.nodes[0]?.netns ?? '';
  let rollouts = 0;
  return {
    kubeconfig: cluster.kubeconfig('admin'),
    podAddress: names.get('one') ?? '',
    folder: (name) => cluster.run.path(name),
    on: (place, command) => ['nsenter', `--net=/run/netns/${place === 'laptop' ? laptop : node}`, '--', ...command],
    async rollOut() {
      rollouts += 1;
      const before = await ready(cluster, 'app=web', 3);
      const patch = { spec: { template: { metadata: { annotations: { rollout: String(rollouts) } } } } };
      await cluster.api.request('PATCH', DEPLOYMENT, patch, 'application/merge-patch+json');
      const isOver = async (): Promise<boolean> => {
        const after = await ready(cluster, 'app=web', 3);
        return after !== undefined && [...after.keys()].every((name) => before?.has(name) !== true);
      };
      await eventually('the rollout is over', isOver, PATIENCE);
    },
    stop: () => cluster.stop(),
  };
}

/** A network from which pods are as far as they are from a real one: what is sent to them is lost without a word. */
async function addLaptop({ run: { netns: nameOf }, lan }: Cluster): Promise<string> {
  const laptop = nameOf('laptop');
  const commands = [
    `ip netns add ${laptop}`,
    `ip -n ${laptop} link set lo up`,
    `ip -n ${lan.netns} link add laptop type veth peer name eth0 netns ${laptop}`,
    `ip -n ${lan.netns} link set laptop up`,
    `ip -n ${lan.netns} address add 172.31.0.1/24 dev laptop`,
    `ip -n ${laptop} link set eth0 up`,
    `ip -n ${laptop} address add 172.31.0.2/24 dev eth0`,
    `ip -n ${laptop} route add default via 172.31.0.1`,
  ];
  for (const command of commands) await run(command.split(' '));
  const chain = 'add chain inet laptop forward { type filter hook forward priority 0; }';
  const drop = `add table inet laptop; ${chain}; add rule inet laptop forward iifname laptop drop`;
  await run(['nsenter', `--net=/run/netns/${lan.netns}`, 'nft', drop]);
  return laptop;
}

async function makeObjects(cluster: Cluster, gen: string): Promise<void> {
  const one = { name: 'one', namespace: 'default', labels: { app: 'one' } };
  await create(cluster, `${NAMESPACE}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: one, spec: podSpec(gen) });
  await create(cluster, DEPLOYMENT.slice(0, -'/web'.length), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: podSpec(gen) },
    },
  });
  const lanes = Array.from({ length: LANES }, (_, index) => [`lane-${index + 1}`, 'one'] as const);
  for (const [name, app] of [['one', 'one'], ['web', 'web'], ...lanes] as const) {
    const ports = [
      { name: 'http', port: HTTP_PORT },
      { name: 'bulk', port: BULK_PORT },
    ];
    const spec = { selector: { app }, ports };
    const metadata = { name, namespace: 'default' };
    await create(cluster, `${NAMESPACE}/services`, { apiVersion: 'v1', kind: 'Service', metadata, spec });
  }
}

/** The generator on the machine's own files: nothing is to be put into an image. */
function podSpec(gen: string): object {
  return {
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: 'gen',
        image: `${IMAGE_PREFIX}/agnhost:2.63.0`,
        imagePullPolicy: 'Never',
        command: ['chroot', '/host', gen, 'pod', `0.0.0.0:${HTTP_PORT}`],
        readinessProbe: { tcpSocket: { port: HTTP_PORT }, periodSeconds: 1 },
        volumeMounts: [{ name: 'host', mountPath: '/host', readOnly: true }],
      },
    ],
    volumes: [{ name: 'host', hostPath: { path: '/' } }],
  };
}

/** The ServiceAccount that pods need comes a moment after the namespace. */
async function create(cluster: Cluster, path: string, object: unknown): Promise<void> {
  const made = async (): Promise<boolean> => (await cluster.api.request('POST', path, object)).status === 201;
  await eventually(`an object is made at ${path}`, made, { timeoutMs: 30_000, everyMs: 200 });
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The addresses of the ready pods by their names; `undefined` = there are more, or fewer. */
async function ready(
  { api }: Cluster,
  selector: string,
  count: number,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { body } = await api.request('GET', `${NAMESPACE}/pods?labelSelector=${encodeURIComponent(selector)}`);
  const pods: readonly Pod[] = JSON.parse(body).items;
  const living = pods.filter(({ metadata, status }) => {
    const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
    return metadata.deletionTimestamp === undefined && isReady === true;
  });
  if (living.length !== count || pods.length !== count) return undefined;
  return new Map(living.map(({ metadata, status }) => [metadata.name, status.podIP ?? '']));
}
