/**
 * A scenario of the fault suite: one fault, what goes in and out meanwhile, and what must hold.
 */

import type { Lab } from './lab/lab.ts';

export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  /** The fault, as the table names it. */
  readonly title: string;
  run(lab: Lab, book: Book): Promise<void>;
}

/** One thing that must hold. `found` is what there was, where it does not. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

/** What a scenario writes down. */
export class Book {
  readonly figures: string[] = [];
  readonly checks: Check[] = [];

  /** A figure for the table. */
  note(figure: string): void {
    this.figures.push(figure);
  }

  check(what: string, ok: boolean, found = ''): void {
    this.checks.push({ what, ok, found });
  }

  equal(what: string, found: unknown, wanted: unknown): void {
    const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
    this.check(what, left === right, `${left}, not ${right}`);
  }

  atMost(what: string, found: number, most: number): void {
    this.check(what, found <= most, `${found} is more than ${most}`);
  }
}

/** What came of a scenario. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly form: 'full' | 'short';
  /** Of the run, as 2026-01-31. */
  readonly date: string;
  readonly seconds: number;
  readonly figures: readonly string[];
  readonly checks: readonly Check[];
}

export function hasPassed({ checks }: Outcome): boolean {
  return checks.length > 0 && checks.every(({ ok }) => ok);
}
