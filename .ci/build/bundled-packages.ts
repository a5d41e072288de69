/**
 * Which packages become part of the bundle: those that most starts wait for. All others are loaded from node_modules when
 * they are first needed.
 */

import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const BUNDLED: readonly string[] = ['commander', 'js-yaml', 'undici', 'ws', 'yaml'];

/** What `ws` uses where it is installed. */
export const UNBUNDLED: readonly string[] = ['bufferutil', 'utf-8-validate'];

/** Of HTTP/1, which few API servers speak: 300 KB of text. */
const PARSERS = /\/(milo|llhttp)\/[\w-]*(simd|wasm)[\w-]*\.js$/;

/** Its HTTP/1 itself: 6 ms, which an API server with HTTP/2 does not need. */
const CLIENT = /\/undici\/lib\/dispatcher\/client\.js$/;
const HTTP1 = "const connectH1 = require('./client-h1.js')";
const LATE_HTTP1 = "const connectH1 = (...args) => require('./client-h1.js')(...args)";

/** What undici asserts with. Node's own takes 3 ms to load, and is needed where something is wrong. */
const ASSERT = `module.exports = (value, message) => {
  if (!value) process.getBuiltinModule('node:assert')(value, message);
};`;

/** Decides for each import of a package. */
export function bundledPackages(): Plugin {
  return {
    name: 'bundled-packages',
    setup({ onResolve, onLoad }) {
      onLoad({ filter: CLIENT }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes(HTTP1)) throw new Error(`${path} does not load HTTP/1 as it did`);
        return { contents: text.replace(HTTP1, LATE_HTTP1), loader: 'js' };
      });
      onResolve({ filter: /^node:assert$/ }, ({ importer }) => {
        return importer.includes('/undici/') ? { path: 'assert', namespace: 'undici-assert' } : undefined;
      });
      onLoad({ filter: /^/, namespace: 'undici-assert' }, () => ({ contents: ASSERT, loader: 'js' }));
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
