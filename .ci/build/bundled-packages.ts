/**
 * Which packages become part of the bundle: those that most starts wait for. All others are loaded from node_modules when
 * they are first needed.
 */

import type { Plugin } from 'esbuild';

const BUNDLED: readonly string[] = ['commander', 'js-yaml', 'undici', 'ws', 'yaml'];

/** What `ws` uses where it is installed. */
export const UNBUNDLED: readonly string[] = ['bufferutil', 'utf-8-validate'];

/** Of HTTP/1, which few API servers speak: 300 KB of text. */
const PARSERS = /\/(milo|llhttp)\/[\w-]*(simd|wasm)[\w-]*\.js$/;

/** Decides for each import of a package. */
export function bundledPackages(): Plugin {
  return {
    name: 'bundled-packages',
    setup({ onResolve }) {
      onResolve({ filter: PARSERS }, ({ path, importer }) => {
        return importer.includes('/undici/')
          ? { path: path.replace(/^(\.\.\/)+/, 'undici/lib/'), external: true }
          : undefined;
      });
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        const name = path
          .split('/')
          .slice(0, path.startsWith('@') ? 2 : 1)
          .join('/');
        if (kind === 'entry-point' || path.startsWith('node:') || BUNDLED.includes(name)) return undefined;
        return { path, external: true };
      });
    },
  };
}
