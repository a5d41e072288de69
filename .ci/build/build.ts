/**
 * Builds svclane into a folder of JavaScript: `node .ci/build/build.ts [FOLDER]`, by default dist/.
 *
 *   src/main.ts, src/daemon/worker-thread.ts ──esbuild──▶ dist/main.js, dist/daemon/worker-thread.js, dist/chunk-….js
 *   src/admin/ui ──as it is──▶ dist/admin/ui        notices of the packages that are within ──▶ dist/NOTICES.txt
 *
 * Nothing checks types here: `npm run check` does.
 */

import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundledPackages, UNBUNDLED } from './bundled-packages.ts';
import { coreFile, coreModules } from './core-modules.ts';
import { lazyGroups } from './lazy-groups.ts';
import { noticesOf } from './notices.ts';
import { rewriteModules } from './rewrite-modules.ts';

const PROJECT = resolve(import.meta.dirname, '..', '..');
const SOURCE = join(PROJECT, 'src');

/** What code of packages calls `require`: Node's own modules at once, all else as from the folder it stands in. */
const REQUIRE =
  'const require = (id) => process.getBuiltinModule(id) ?? ' +
  "process.getBuiltinModule('node:module').createRequire(import.meta.url)(id);";

await buildInto(resolve(process.argv[2] ?? join(PROJECT, 'dist')));

async function buildInto(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  // A thread shares no module with another one: each of the two is whole.
  const inputs = [...(await bundle('main.ts', folder)), ...(await bundle('daemon/worker-thread.ts', folder))];
  cpSync(join(SOURCE, 'admin', 'ui'), join(folder, 'admin', 'ui'), {
    recursive: true,
    filter: (path) => !path.endsWith('tsconfig.json'),
  });
  writeFileSync(join(folder, 'NOTICES.txt'), noticesOf(inputs, PROJECT));
}

/** Bundles what an entry leads to; resolves with the files that went into it. The first time tells what is shared in small pieces. */
async function bundle(entry: string, folder: string): Promise<readonly string[]> {
  const { metafile: first } = await build({ ...optionsOf(entry, folder, new Set()), write: false });
  const { metafile } = await build(optionsOf(entry, folder, coreModules(first)));
  return Object.keys(metafile.inputs);
}

function optionsOf(entry: string, folder: string, core: ReadonlySet<string>) {
  return {
    absWorkingDir: PROJECT,
    entryPoints: [join(SOURCE, entry)],
    outbase: SOURCE,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.19',
    // Names stay as they are written, and lines short: whoever sends a stack trace sends one that can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'none',
    banner: { js: REQUIRE },
    external: [...UNBUNDLED],
    plugins: [coreFile(core, PROJECT), bundledPackages(), lazyGroups(SOURCE), rewriteModules(SOURCE, core)],
    metafile: true,
    logLevel: 'warning',
  } as const satisfies BuildOptions;
}
