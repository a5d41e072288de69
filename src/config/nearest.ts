/**
 * The words that were probably meant.
 */

/** The candidate nearest to `word` by edit distance without case, or `undefined` where none is near. First of equals. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return near(word, candidates)[0];
}

/**
 * Up to `max` candidates that may have been meant, the nearest first: those that are near, then those that the word is a part
 * of (`web` of `web-frontend`), where it has three letters or more.
 */
export function nearestNames(word: string, candidates: readonly string[], max: number): readonly string[] {
  const part = word.toLowerCase();
  const longer = part.length < 3 ? [] : candidates.filter((candidate) => candidate.toLowerCase().includes(part));
  return [...new Set([...near(word, candidates), ...longer])].slice(0, max);
}

/** Those within the limit; of equals the first first. */
function near(word: string, candidates: readonly string[]): readonly string[] {
  const limit = Math.min(5, Math.max(1, Math.floor(word.length / 3)));
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

/**
 * Levenshtein's distance, where two letters that changed places count as one; three rows at a time. Long words are cut: they
 * are no typing errors. Of words whose lengths differ by more than `limit` it is not computed.
 */
function editDistance(left: string, right: string, limit: number): number {
  const [a, b] = [left.slice(0, 64), right.slice(0, 64)];
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}
