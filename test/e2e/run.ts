/**
 * Runs Kubernetes' own network tests on a cluster with svclane in kube-proxy's place.
 *
 * usage: run.ts [--full] [--focus REGEXP] [--proxy svclane|kube-proxy] [--nodes N] [--procs N]. `--full` runs everything that has to
 * do with Services and writes docs/conformance.md. Ends with `N passed, N failed`.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODULES_DIR } from '../cluster/build/cache.ts';
import { startCluster } from '../cluster/rig/cluster.ts';
import { conformancePage } from './conformance-page.ts';
import { runGinkgo, type SpecResult } from './ginkgo.ts';
import { DEFAULT, FULL } from './selections.ts';
import { type ProxyName, startProxies } from './service-proxies.ts';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    focus: { type: 'string' },
    proxy: { type: 'string', default: 'svclane' },
    nodes: { type: 'string' },
    procs: { type: 'string', default: '4' },
  },
});

/** The tests of traffic distribution want three zones, some of them with two nodes in each. */
const nodes = Number(values.nodes ?? (values.full ? 6 : 3));
const results = await runOnCluster(values.proxy === 'kube-proxy' ? 'kube-proxy' : 'svclane');
const failed = results.filter(({ state }) => state === 'failed');
const passed = results.filter(({ state }) => state === 'passed');
if (values.full && values.focus === undefined && values.proxy === 'svclane') writePage(results);
for (const { name, message } of failed) console.log(`FAILED ${name}\n       ${message.split('\n')[0]}`);
console.log(`${passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 && passed.length > 0 ? 0 : 1;

async function runOnCluster(proxy: ProxyName): Promise<readonly SpecResult[]> {
  const cluster = await startCluster({ nodes });
  try {
    await startProxies(cluster, proxy);
    const selection = values.full ? FULL : DEFAULT;
    return await runGinkgo(cluster, { ...selection, focus: values.focus ?? selection.focus }, Number(values.procs));
  } finally {
    await cluster.stop();
  }
}

function writePage(all: readonly SpecResult[]): void {
  const goMod = readFileSync(join(MODULES_DIR, 'kubernetes', 'go.mod'), 'utf8');
  const kubernetes = /k8s\.io\/kubernetes (\S+)/.exec(goMod)?.[1] ?? '';
  const path = join(import.meta.dirname, '..', '..', 'docs', 'conformance.md');
  writeFileSync(path, conformancePage({ kubernetes, nodes, results: all }));
  console.log('wrote docs/conformance.md');
}
