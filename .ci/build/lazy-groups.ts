/**
 * Groups of modules that are loaded together when one of them is asked for.
 *
 * esbuild makes a file for each set of modules that the same `import(…)` calls lead to. With one call a command that came to
 * 170 files, 70 of which a forward loaded, and Node takes half a millisecond to find, read and link one. A group has the exports of
 * all of its modules: `const { getCommand } = await import('./get.ts')` finds it there.
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** Modules below `src`. What belongs to no group is a file of its own. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  daemon: [
    'cli/demo',
    'cli/forward/lanes-file',
    'cli/load-config',
    'cli/run',
    'history-file/history-file',
    'source/kubernetes/access-review',
    'source/kubernetes/api-failure',
    'source/kubernetes/auth',
    'source/kubernetes/kubernetes-source',
    'source/manifests/check-manifests-path',
    'source/manifests/manifests-source',
  ],
  checks: ['cli/audit', 'cli/config-diff', 'cli/config-view', 'cli/doctor/doctor', 'cli/offline-table'],
  servers: ['admin/admin-server', 'admin/health-server', 'admin/metrics-server'],
  names: ['dns/dns-server', 'front/front-server'],
  commands: [
    'cli/bundle-view',
    'cli/describe',
    'cli/drain',
    'cli/explain',
    'cli/fault',
    'cli/get',
    'cli/history',
    'cli/kill',
    'cli/override',
    'cli/probe',
    'cli/record',
    'cli/replay',
    'cli/restore',
    'cli/shell/find-values',
    'cli/tap',
    'cli/top/top',
    'cli/ui',
  ],
  shell: ['cli/shell/command-docs', 'cli/shell/complete-command', 'cli/shell/completion', 'cli/version-command'],
};

const NAMESPACE = 'lazy-group';
const EXPORT = /^export (?:async )?(?:function|const|class) (\w+)/gm;

/** Sends each `import(…)` of a grouped module below `source` to its group. */
export function lazyGroups(source: string): Plugin {
  const groupOf = new Map(
    Object.entries(GROUPS).flatMap(([group, modules]) => {
      return modules.map((module) => [join(source, `${module}.ts`), group] as const);
    }),
  );
  return {
    name: 'lazy-groups',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ path, kind, resolveDir }) => {
        const group = kind === 'dynamic-import' ? groupOf.get(resolve(resolveDir, path)) : undefined;
        return group === undefined ? undefined : { path: group, namespace: NAMESPACE };
      });
      onLoad({ filter: /^/, namespace: NAMESPACE }, ({ path }) => {
        const files = [...groupOf].filter(([, group]) => group === path).map(([file]) => file);
        refuseTwice(files);
        const contents = files.map((file) => `export * from ${JSON.stringify(file)};\n`).join('');
        return { contents, loader: 'ts', resolveDir: source };
      });
    },
  };
}

/** Of two exports of one name a group would have neither. */
function refuseTwice(files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(EXPORT)) {
      const other = seen.get(name);
      if (other !== undefined) throw new Error(`${name} is exported by ${other} and ${file}, which are one group`);
      seen.set(name, file);
    }
  }
}
