/**
 * What a candidate is: one change that might give a client an endpoint.
 */

import type { Scene } from './scene.ts';

/** A change to try: which field of which object, its new value (`undefined` = gone), and the scene with it. */
export interface Candidate {
  readonly object: string;
  readonly path: string;
  readonly value: unknown;
  readonly pod?: string;
  readonly scene: Scene;
}

/** Candidates of one kind, the likeliest first; `many` = each that works is worth telling, not just the first. */
export interface CandidateKind {
  readonly candidates: readonly Candidate[];
  readonly many?: boolean;
}
