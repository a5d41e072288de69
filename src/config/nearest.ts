/**
 * The word that was probably meant.
 */

/** The candidate nearest to `word` by edit distance without case, or `undefined` where none is near. First of equals. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(5, Math.max(1, Math.floor(word.length / 3)));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && (!best || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Levenshtein's distance; one row at a time. Long words are cut: they are no typing errors. */
function editDistance(left: string, right: string): number {
  const b = right.slice(0, 64);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, char] of [...left.slice(0, 64)].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (b[j - 1] === char ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
