/**
 * docs/benchmarks.md: the commands write their tables between markers, and leave the prose alone.
 *
 *   <!-- load --> … <!-- end of load -->
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');

/** Replaces what stands between the markers of `name`. Throws where they are missing. */
export function writeSection(name: string, content: string): void {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(from), page.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/benchmarks.md lacks ${from} … ${to}`);
  writeFileSync(PAGE, `${page.slice(0, start + from.length)}\n${content.trim()}\n${page.slice(end)}`);
}
