/**
 * Remedies: the smallest single changes that would give a client an endpoint. Each is tried by `decide` on a changed scene;
 * what does not give an endpoint by itself is not told.
 */

import type { Candidate } from './candidate.ts';
import { CANDIDATES } from './candidates.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { buildScene, type Scene } from './scene.ts';

/** Of many candidates of one kind only so many are tried: the others differ in nothing but their subject. */
const MAX_TRIES = 3;

/** A change that works. `value` is JSON, `nil` where the field is to go. */
export interface Remedy {
  /** `Service web`, `EndpointSlice web-x7k`, `Client`. */
  readonly object: string;
  /** `spec.internalTrafficPolicy`; of a client: `node`, `source`, `port`, `family`. */
  readonly path: string;
  readonly value: string;
  /** The pod of an endpoint that is to change, "" otherwise. */
  readonly pod: string;
  /** How many endpoints the client would have. */
  readonly endpoints: number;
}

/** Whether a client gets an endpoint of us: SCTP is decided, but never forwarded. */
export function isRoutable({ action, reason }: Pick<Decision, 'action' | 'reason'>): boolean {
  return action === 'forward' && reason === 'FORWARD';
}

/** Tries every kind of change; in the order of the pipeline, changes of objects before those of the client. */
export function findRemedies(scene: Scene, decision: Decision): readonly Remedy[] {
  return CANDIDATES.flatMap((candidatesOf) => {
    const { candidates, many = false } = candidatesOf(scene, decision);
    const found = candidates
      .slice(0, MAX_TRIES)
      .map(tryOut)
      .filter((remedy) => remedy !== undefined);
    return many ? found : found.slice(0, 1);
  });
}

function tryOut({ object, path, value, pod = '', scene }: Candidate): Remedy | undefined {
  const outcome = decide(buildScene(scene), scene.query);
  if (!isRoutable(outcome)) return undefined;
  const text = value === undefined ? 'nil' : JSON.stringify(value);
  return { object, path, value: text, pod, endpoints: outcome.endpoints.length };
}
