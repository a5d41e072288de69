/**
 * The output of commands that print lines, or JSON.
 */

import { SvclaneError } from '../errors.ts';

/** Throws `SVL_USAGE` for any other format. */
export function checkJsonOutput(output: string | undefined): void {
  if (output === undefined || output === 'json') return;
  throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json' });
}
