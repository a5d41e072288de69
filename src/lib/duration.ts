/**
 * Durations as Kubernetes' configuration files write them: `250ms`, `2s`, `1m30s`, `1.5h`.
 */

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * The whole milliseconds (rounded) that a duration means, or `undefined` where `text` is none. `0` needs no unit.
 * A sign is no part of it: nothing here waits a negative time.
 *
 * Source: the format of Go's time.ParseDuration, which metav1.Duration reads.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let end = 0;
  while (end < text.length) {
    PART.lastIndex = end;
    const [, amount, unit = ''] = PART.exec(text) ?? [];
    if (amount === undefined) return undefined;
    total += Number(amount) * (UNIT_MS.get(unit) ?? 0);
    end = PART.lastIndex;
  }
  return end === 0 ? undefined : Math.round(total);
}

/** The shortest text that `parseDuration` reads as `ms`: `1m30s`, `1.5s` as `1s500ms`, `0s`. `ms` is whole, not negative. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return parts.join('') || '0s';
}
