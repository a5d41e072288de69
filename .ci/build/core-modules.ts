/**
 * The core: small modules that many parts share, in one file that is loaded with each of them.
 *
 * esbuild makes a file for each set of parts that share something, most of them of a few hundred bytes. Node takes half a
 * millisecond to find, read and link one, and a forward had thirty of them.
 */

import type { Metafile, Plugin } from 'esbuild';

const NAME = 'core';
const NAMESPACE = 'core';
/** What is larger is worth a file of its own. */
const MOST_BYTES = 40_000;

/** The modules, by their path, of what such a build made into small shared files; none that leads to others. */
export function coreModules({ outputs, inputs: modules }: Metafile): ReadonlySet<string> {
  const core = new Set(
    Object.entries(outputs)
      .filter(([path, { bytes }]) => /\/chunk-[^/]*\.js$/.test(path) && bytes <= MOST_BYTES)
      .flatMap(([, { inputs }]) => Object.keys(inputs)),
  );
  const leadsOut = (path: string): boolean =>
    modules[path]?.imports.some((each) => each.kind !== 'dynamic-import' && !core.has(each.path)) !== false;
  for (let before = 0; before !== core.size; ) {
    before = core.size;
    for (const path of core) if (leadsOut(path)) core.delete(path);
  }
  return core;
}

/** Makes `core` one file. `import` of it is put into every other module by `withCore`. */
export function coreFile(core: ReadonlySet<string>, project: string): Plugin {
  return {
    name: 'core-file',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^svclane:core$/ }, () => ({ path: NAME, namespace: NAMESPACE }));
      onLoad({ filter: /^/, namespace: NAMESPACE }, () => {
        const contents = [...core].map((path) => `import ${JSON.stringify(`${project}/${path}`)};\n`).join('');
        return { contents, loader: 'ts', resolveDir: project };
      });
    },
  };
}

/** The text of a module, at `path` in the project. */
export function withCore(text: string, path: string, core: ReadonlySet<string>): string {
  return core.size === 0 || core.has(path) ? text : `${text}\nimport 'svclane:core';\n`;
}
