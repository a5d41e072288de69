/**
 * The core: small modules that many parts share, in one file that is loaded with each of them.
 *
 * esbuild makes a file for each set of parts that share something, most of them of a few hundred bytes. Node takes half a
 * millisecond to find, read and link one, and a forward had thirty of them. What a forward shares with others is of the core too.
 */

import type { Metafile, Plugin } from 'esbuild';

const NAME = 'core';
const NAMESPACE = 'core';
/** What is larger is worth a file of its own. */
const MOST_BYTES = 40_000;

/** The command that people wait for each time: what it shares with others is of the core, whatever its size. */
const AWAITED = 'src/cli/forward/forward.ts';

/** The modules, by their path, of what such a build made into small shared files, or that `AWAITED` loads; none that leads to others. */
export function coreModules({ outputs, inputs: modules }: Metafile): ReadonlySet<string> {
  const awaited = loadedWith(outputs, AWAITED);
  const core = new Set(
    Object.entries(outputs)
      .filter(([path, { bytes }]) => /\/chunk-[^/]*\.js$/.test(path) && (bytes <= MOST_BYTES || awaited.has(path)))
      .flatMap(([, { inputs }]) => Object.keys(inputs)),
  );
  const placed = new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  // One that is in no file is constants, which stand where they are used.
  const isOut = (path: string): boolean => !core.has(path) && (modules[path] === undefined || placed.has(path));
  // What is required is required when it is needed.
  const leadsOut = (path: string): boolean =>
    modules[path]?.imports.some(({ kind, path: other }) => kind === 'import-statement' && isOut(other)) !== false;
  for (let before = 0; before !== core.size; ) {
    before = core.size;
    for (const path of core) if (leadsOut(path)) core.delete(path);
  }
  return core;
}

/** The files that are loaded with the one of an entry, its own among them. */
function loadedWith(outputs: Metafile['outputs'], entry: string): ReadonlySet<string> {
  const own = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry);
  const loaded = new Set(own);
  for (const path of loaded) {
    const imports = outputs[path]?.imports ?? [];
    for (const each of imports) if (each.kind === 'import-statement' && !each.external) loaded.add(each.path);
  }
  return loaded;
}

/**
 * Makes `core` one file. `import` of it is put into every other module by `withCore`. Packages come with the modules of ours
 * that import them: to import them here would run what is run late.
 */
export function coreFile(core: ReadonlySet<string>, project: string): Plugin {
  return {
    name: 'core-file',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^svclane:core$/ }, () => ({ path: NAME, namespace: NAMESPACE }));
      onLoad({ filter: /^/, namespace: NAMESPACE }, () => {
        const own = [...core].filter((path) => path.startsWith('src/'));
        const contents = own.map((path) => `import ${JSON.stringify(`${project}/${path}`)};\n`).join('');
        return { contents, loader: 'ts', resolveDir: project };
      });
    },
  };
}

/** What runs before the compile cache is in use: what it loads is compiled at every start. */
const AHEAD: ReadonlySet<string> = new Set(['src/main.ts', 'src/cli/compile-cache.ts']);

/** The text of a module, at `path` in the project. */
export function withCore(text: string, path: string, core: ReadonlySet<string>): string {
  return core.size === 0 || core.has(path) || AHEAD.has(path) ? text : `${text}\nimport 'svclane:core';\n`;
}
