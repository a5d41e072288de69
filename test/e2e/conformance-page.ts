/**
 * `docs/conformance.md`, made from ginkgo's report and the list of skips.
 */

import type { SpecResult } from './ginkgo.ts';
import { SKIPS, type Skip, skipOf } from './skips.ts';

export interface ConformanceFacts {
  /** `v1.36.3` */
  readonly kubernetes: string;
  readonly nodes: number;
  readonly results: readonly SpecResult[];
}

/** The whole page. */
export function conformancePage({ kubernetes, nodes, results }: ConformanceFacts): string {
  const run = results.filter(({ state }) => state !== 'skipped');
  const failed = run.filter(({ state }) => state === 'failed');
  return `# Conformance: Kubernetes' own tests

Made by \`npm run test:e2e -- --full\` from ginkgo's report and \`test/e2e/skips.ts\`; do not edit.

Kubernetes ${kubernetes}, ${nodes} nodes in three zones, svclane on each, no kube-proxy. Of the tests of sig-network that a Service
proxy has a part in, ${run.length} were run: **${run.length - failed.length} passed, ${failed.length} failed**.

## By group

${table(['group', 'passed', 'failed', 'not run'], groupRows(results))}

## Not run

${skipSections(results.filter(({ state }) => state === 'skipped'))}
## Every test that was run

${table(
  ['test', 'result', 'seconds'],
  run.map(({ name, state, seconds }) => [shorten(name), state, seconds.toFixed(0)]),
)}
`;
}

function groupRows(results: readonly SpecResult[]): readonly (readonly string[])[] {
  const groups = Map.groupBy(results, ({ name }) => groupOf(name));
  const count = (group: readonly SpecResult[], state: SpecResult['state']): string =>
    String(group.filter((result) => result.state === state).length);
  return [...groups].map(([name, group]) => [
    name,
    count(group, 'passed'),
    count(group, 'failed'),
    count(group, 'skipped'),
  ]);
}

/** The words in capitals that a test's name begins with, before its sentence. */
function groupOf(name: string): string {
  return /^\[sig-network\] ([A-Z]\S*(?: [A-Z]\S+)*)/.exec(name)?.[1] ?? name;
}

function skipSections(skipped: readonly SpecResult[]): string {
  const titles: Readonly<Record<Skip['cause'], string>> = {
    userspace: 'What a proxy in userspace cannot do',
    rig: 'What the test cluster cannot do, whatever the proxy',
  };
  const section = (cause: Skip['cause']): string => {
    const items = SKIPS.filter((skip) => skip.cause === cause).flatMap((skip) => {
      const names = skipped.filter(({ name }) => skipOf(name) === skip).map(({ name }) => `  - ${shorten(name)}`);
      return names.length === 0 ? [] : [`- ${skip.reason}:`, ...names];
    });
    return `### ${titles[cause]}\n\n${items.join('\n')}\n`;
  };
  const own = skipped
    .filter(({ name }) => !skipOf(name))
    .map(({ name, message }) => `- ${shorten(name)}: ${firstLine(message)}`);
  const last = own.length === 0 ? '' : `### What skipped itself\n\n${own.join('\n')}\n`;
  return [section('userspace'), section('rig'), last].join('\n');
}

function shorten(name: string): string {
  return name.replace('[sig-network] ', '').replaceAll('|', '\\|');
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
