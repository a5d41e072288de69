/**
 * Where in a YAML text a value stands.
 */

import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';

/**
 * The line, from 1, of what is at `path`, or of the deepest part of the path that exists. `key`: of the key itself,
 * which can stand on an earlier line than its value.
 */
export function yamlLine(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
  part: 'key' | 'value' = 'value',
): number {
  return lines.linePos(offsetOf(document, path, part)).line;
}

function offsetOf(document: Document, path: readonly (string | number)[], part: 'key' | 'value'): number {
  const key = part === 'key' ? keyOf(document, path) : undefined;
  if (isNode(key) && key.range) return key.range[0];
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

function keyOf(document: Document, path: readonly (string | number)[]): unknown {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pairs = isMap(parent) ? parent.items : [];
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))?.key;
}
