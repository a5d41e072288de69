/**
 * `svclane forward`: Services and workloads of a cluster at local ports, in the foreground.
 */

import { SvclaneError } from '../../errors.ts';
import { exitCodeOf, printError } from '../report-error.ts';
import { type ForwardOptions, readForwardRequest } from './forward-options.ts';
import { ForwardRun } from './forward-run.ts';
import { rbacSnippet } from './rights.ts';

/** Forwards until a signal, `q`, or the end of the command; resolves with the exit code. Throws as `ForwardRun.run`. */
export async function forwardCommand(
  words: readonly string[],
  command: readonly string[],
  options: ForwardOptions,
): Promise<number> {
  const run = new ForwardRun(readForwardRequest(words, command, options));
  try {
    return await run.run();
  } catch (error) {
    if (!(error instanceof SvclaneError) || error.code !== 'SVL_API_FORBIDDEN') throw error;
    printError(error);
    process.stderr.write(`The rights that this forward needs:\n\n${rbacSnippet(run.neededRights())}`);
    return exitCodeOf(error);
  } finally {
    await run.close();
  }
}
