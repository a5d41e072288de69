/**
 * Rounds: every target measured in turn, some times over.
 */

/** What is measured, of one target at a time; `undefined` = not of this one. */
interface Measurable<T, L, V> {
  readonly name: string;
  measure(target: T, lab: L): Promise<V | undefined>;
}

/** The values of one target in one round. */
interface RoundSample<N, V> {
  readonly case: string;
  readonly round: number;
  readonly target: N;
  readonly values: V;
}

/** Each round begins with another target, so that none always comes after the same one. */
export async function measureInTurn<T extends { readonly name: string }, L, V>(
  each: Measurable<T, L, V>,
  targets: readonly T[],
  lab: L,
  rounds: number,
): Promise<readonly RoundSample<T['name'], V>[]> {
  const samples: RoundSample<T['name'], V>[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % targets.length;
    for (const target of [...targets.slice(first), ...targets.slice(0, first)]) {
      const values = await each.measure(target, lab);
      if (values !== undefined) samples.push({ case: each.name, round, target: target.name, values });
    }
  }
  return samples;
}
