/**
 * Where the built parts of the test cluster are kept, outside the checkout.
 *
 * The folder's name carries a hash over everything that decides what is built, so that a checkout never runs parts
 * that were built from other versions.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of this file's Go modules: one sub-folder each, with go.mod and go.sum. */
export const MODULES_DIR = join(import.meta.dirname, 'modules');

/** What is slow to make, of any suite. */
export const CACHE_DIR = process.env.SVCLANE_TEST_CACHE || join(homedir(), '.cache', 'svclane-test');

/** The folder of the binaries. */
export const BIN_DIR = join(CACHE_DIR, `bin-${hashOf(['go-binaries.ts'], MODULES_DIR)}`);

/** The folder of the container images. */
export const IMAGE_DIR = join(
  CACHE_DIR,
  `images-${hashOf(['go-binaries.ts', 'images.ts', 'oci-archive.ts'], MODULES_DIR)}`,
);

/** The path of a built binary. Throws, naming the command that builds it, where it is missing. */
export function binary(name: string): string {
  const path = join(BIN_DIR, name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run "node test/cluster/build/build.ts full" first`);
  return path;
}

function hashOf(sources: readonly string[], modules: string): string {
  const hash = createHash('sha256');
  const pinned = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /go\.(mod|sum)$/.test(path),
  );
  const paths = [
    ...sources.map((name) => join(import.meta.dirname, name)),
    ...pinned.sort().map((path) => join(modules, path)),
  ];
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}
