/**
 * What is written anew in each module before it becomes part of the bundle.
 *
 * Its address: `import.meta.url` stays what it would be without a bundle, so that what stands beside a module, or two folders
 * above, is found from `dist` as it is from `src`. That holds for files right in the output folder; the one below it asks for
 * no address.
 *
 *   src/cli/version.ts:  import.meta.url ──▶ new URL('./cli/version.js', <dist/chunk-….js>)
 *
 * Node's own modules, which are taken as they are: `import` of one reads all of its exports, and with them what Node would
 * load only when it is used: `node:util` brings a comparison of texts and the colours of a terminal, `node:process` standard
 * input. A profile of a forward had some 20 ms of it.
 *
 *   import { readFileSync } from 'node:fs' ──▶ const { readFileSync } = globalThis.process.getBuiltinModule('node:fs')
 */

import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { withCore } from './core-modules.ts';

const ADDRESS = 'import.meta.url';
const MODULES = /\.ts$|\/node_modules\/commander\/.*\.js$/;
const NODE_IMPORT = /^import (?!type )(?:(\w+)|\{([^}]*)\}) from '(node:[\w/]+)';$/gm;

/** Rewrites the modules below `source`, all but those of the core to load it too, and the packages that import Node's. */
export function rewriteModules(source: string, core: ReadonlySet<string>): Plugin {
  return {
    name: 'rewrite-modules',
    setup({ onLoad }) {
      onLoad({ filter: MODULES, namespace: 'file' }, async ({ path }) => {
        const rewritten = withNodeModules(await readFile(path, 'utf8'));
        if (!path.endsWith('.ts')) return { contents: rewritten, loader: 'js' };
        const text = withCore(rewritten, `src/${relative(source, path)}`, core);
        const own = JSON.stringify(`./${relative(source, path).replace(/\.ts$/, '.js')}`);
        return { contents: text.replaceAll(ADDRESS, `new URL(${own}, ${ADDRESS}).href`), loader: 'ts' };
      });
    },
  };
}

function withNodeModules(text: string): string {
  return text.replace(NODE_IMPORT, (_, whole: string | undefined, names: string | undefined, module: string) => {
    const wanted = whole ?? `{ ${(names ?? '').split(',').map(property).filter(Boolean).join(', ')} }`;
    return `const ${wanted} = globalThis.process.getBuiltinModule('${module}');`;
  });
}

/** `a as b` is `a: b`; a type is nothing. */
function property(imported: string): string {
  const words = imported.trim().split(/\s+/);
  if (words[0] === 'type') return '';
  return words.length === 3 ? `${words[0]}: ${words[2]}` : (words[0] ?? '');
}
