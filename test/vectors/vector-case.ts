/**
 * The shape of a conformance case: one line of `cases` in a vector file.
 *
 * `input` and `expect` differ from kind to kind; whoever runs a kind narrows them by checks.
 */

/** A JSON object whose fields are not known. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** One case, as it stands in the file. */
export interface VectorCase {
  readonly name: string;
  readonly input: JsonRecord;
  readonly expect: JsonRecord;
  /** Feature gates that the case assumes to be so. */
  readonly features?: Readonly<Record<string, boolean>>;
}

/** Runs one case: the mismatches, one line each; empty = passed. */
export type VectorRunner = (testCase: VectorCase) => string[] | Promise<string[]>;
