/**
 * svclane in node mode on a large cluster: a real etcd and API server, Services without pods behind them but for one.
 *
 * usage: npm run bench:scale [-- --services 1000,10000 --changes 100 --main FILE --no-page]
 */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Lab, startLab } from '../../test/cluster/rig/lab.ts';
import { startProcess } from '../../test/cluster/rig/rig-process.ts';
import { builtMain } from '../built-main.ts';
import { writeSection } from '../page.ts';
import { writeResult } from '../results.ts';
import { type Operation, type Remote, remoteOf } from './remote.ts';
import { scaleTable } from './report.ts';
import { runStage, type StageResult } from './stage.ts';
import type { VisitorOperations } from './visitor.ts';
import type { WriterOperations } from './writer.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    services: { type: 'string', default: '1000,10000' },
    changes: { type: 'string', default: '100' },
    main: { type: 'string', default: '' },
    page: { type: 'boolean', default: true },
  },
});
const sizes = values.services.split(',').map(Number);
const main = builtMain(values.main);
execFileSync(process.execPath, [join('test', 'cluster', 'build', 'build.ts'), 'control-plane'], {
  cwd: join(import.meta.dirname, '..', '..'),
  stdio: 'inherit',
});
const lab = await startLab();
try {
  const stages = await runStages(lab);
  const table = scaleTable(stages);
  console.log(`\n${table}\n`);
  console.log(`written: ${writeResult('scale', { node: process.versions.node, stages })}`);
  const facts = `- ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${values.changes} changes each`;
  if (values.page) writeSection('scale', `${facts}\n\n${table}`);
} finally {
  await lab.stop();
}
process.exit(0);

async function runStages(lab: Lab): Promise<readonly StageResult[]> {
  const writer = startHelper<WriterOperations>(lab, 'writer', lab.lan.netns, lab.kubeconfig('admin'));
  const visitor = startHelper<VisitorOperations>(lab, 'visitor', lab.clientPod.netns);
  await writer.call('prepare', { addresses: [lab.backends[0].ipv4] });
  const stages: StageResult[] = [];
  let filled = 0;
  for (const services of sizes) {
    const fromMs = performance.now();
    await writer.call('fill', { from: filled, to: services });
    console.log(`${services} Services written, in ${((performance.now() - fromMs) / 1000).toFixed(1)} s`);
    filled = services;
    const changes = Number(values.changes);
    stages.push(await runStage({ lab, writer, visitor, services, changes, main }));
  }
  return stages;
}

function startHelper<T extends Readonly<Record<string, Operation>>>(
  lab: Lab,
  name: string,
  netns: string,
  ...args: readonly string[]
): Remote<T> {
  const command = [process.execPath, '--no-warnings', join(import.meta.dirname, `${name}.ts`), ...args];
  return remoteOf<T>(startProcess(lab.run, { name, netns, command, ipc: true }));
}
