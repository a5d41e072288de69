/**
 * What a check of `doctor` found.
 */

import { SvclaneError } from '../../errors.ts';

export type FindingState = 'ok' | 'warn' | 'fail' | 'skip';

/** One line. `api`: it is about the API server or rights, which has an exit code of its own. */
export interface Finding {
  readonly check: string;
  readonly state: FindingState;
  readonly message: string;
  /** The command to run next, or what would help; "" = nothing. */
  readonly next: string;
  readonly api?: boolean;
}

/** Something that could not be done, as facts carry it. */
export interface Failure {
  readonly message: string;
  readonly hint: string;
}

/** A failure from whatever was thrown. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { message, hint: error instanceof SvclaneError ? (error.hint ?? '') : '' };
}

/** 0; 5 where the API server or a right is the matter, 4 for any other fail. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const fails = findings.filter(({ state }) => state === 'fail');
  if (fails.length === 0) return 0;
  return fails.some(({ api }) => api) ? 5 : 4;
}
