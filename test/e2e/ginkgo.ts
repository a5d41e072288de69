/**
 * Runs upstream's test binary under ginkgo and reads its report.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { binary } from '../cluster/build/cache.ts';
import { IMAGE_PREFIX } from '../cluster/build/images.ts';
import type { Cluster } from '../cluster/rig/cluster.ts';
import { identify } from '../cluster/rig/process-identity.ts';
import type { Selection } from './selections.ts';

/** One of upstream's tests. Those outside of the focus are not in the result. */
export interface SpecResult {
  /** Full name, as ginkgo matches it. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** "" unless it failed, or skipped itself with a reason. */
  readonly message: string;
}

interface GinkgoSpec {
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly State: string;
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string };
}

const REGISTRIES = ['promoterE2eRegistry', 'buildImageRegistry', 'gcEtcdRegistry', 'gcRegistry'];

/** Runs the selected tests from the cluster's lan. Throws when ginkgo gives no report at all. */
export async function runGinkgo(
  { run, lan, nodes, kubeconfig }: Cluster,
  { focus, skip }: Selection,
  procs: number,
): Promise<readonly SpecResult[]> {
  const report = run.path('log', 'ginkgo.json');
  writeFileSync(run.path('registries.yaml'), REGISTRIES.map((name) => `${name}: ${IMAGE_PREFIX}\n`).join(''));
  const ginkgo = [
    ...[binary('ginkgo'), `--procs=${procs}`, `--focus=${focus}`, `--skip=${skip}`, '--no-color', '--silence-skips'],
    ...['--timeout=2h', `--json-report=${report}`, binary('e2e.test'), '--'],
    ...[
      `--kubeconfig=${kubeconfig('admin')}`,
      '--provider=skeleton',
      `--num-nodes=${nodes.length}`,
      '--minStartupPods=0',
    ],
    ...['--allowed-not-ready-nodes=0', '--dns-domain=cluster.local'],
  ];
  const command = ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${lan.netns}`, '--', ...ginkgo];
  const child = spawn('setpriv', command, {
    cwd: run.folder,
    env: { ...process.env, KUBE_TEST_REPO_LIST: run.path('registries.yaml') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid !== undefined) writeFileSync(run.path('process', 'ginkgo'), identify(child.pid));
  child.stdout.pipe(createWriteStream(run.path('log', 'ginkgo')));
  child.stdout.pipe(process.stdout);
  await once(child, 'exit');
  return readReport(report, focus);
}

/** The tests that match `focus`, by name; what the selection left out counts as skipped. */
function readReport(path: string, focus: string): readonly SpecResult[] {
  const suites: readonly { SpecReports: readonly GinkgoSpec[] }[] = JSON.parse(readFileSync(path, 'utf8'));
  const specs = suites.flatMap(({ SpecReports }) => SpecReports);
  const wanted = new RegExp(focus);
  return specs
    .filter(({ LeafNodeType, State }) => LeafNodeType === 'It' || isFailure(State))
    .map(resultOf)
    .filter(({ name, state }) => wanted.test(name) || state === 'failed')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resultOf({
  ContainerHierarchyTexts,
  LeafNodeText,
  LeafNodeType,
  State,
  RunTime,
  Failure,
}: GinkgoSpec): SpecResult {
  const own = LeafNodeText === '' ? `[${LeafNodeType}]` : LeafNodeText;
  return {
    name: [...(ContainerHierarchyTexts ?? []), own].join(' '),
    state: isFailure(State) ? 'failed' : State === 'passed' ? 'passed' : 'skipped',
    seconds: RunTime / 1e9,
    message: Failure?.Message ?? '',
  };
}

/** Everything but a pass, a skip and a test that is marked pending: failed, panicked, timed out, interrupted, aborted. */
function isFailure(state: string): boolean {
  return !['passed', 'skipped', 'pending'].includes(state);
}
