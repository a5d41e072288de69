/**
 * Pages in docs/ with tables: the commands write these between markers, and leave the prose alone.
 *
 *   <!-- load --> … <!-- end of load -->
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '..', 'docs');

/** Replaces what stands between the markers of `name`. Throws where they are missing. */
export function writeSection(name: string, content: string, file = 'benchmarks.md'): void {
  const { before, after } = split(name, file);
  writeFileSync(join(DOCS, file), `${before}\n${content.trim()}\n${after}`);
}

/** What stands between the markers of `name`. Throws where they are missing. */
export function readSection(name: string, file: string): string {
  return split(name, file).content.trim();
}

function split(
  name: string,
  file: string,
): { readonly before: string; readonly content: string; readonly after: string } {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(join(DOCS, file), 'utf8');
  const [start, end] = [page.indexOf(from), page.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/${file} lacks ${from} … ${to}`);
  const content = page.slice(start + from.length, end);
  return { before: page.slice(0, start + from.length), content, after: page.slice(end) };
}
