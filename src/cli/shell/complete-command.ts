/**
 * `svclane __complete`: what the scripts of `completion` ask.
 */

import type { Command } from 'commander';
import { complete, formatCompletion } from './complete.ts';

/** Prints what the last of the words may be. Who names things is loaded only where a name is wanted. */
export async function completeCommand(program: Command, words: readonly string[]): Promise<void> {
  const completion = await complete(program, words, async (question) => {
    const { findValues } = await import('./find-values.ts');
    return findValues(question);
  });
  process.stdout.write(formatCompletion(completion));
}
