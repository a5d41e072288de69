/**
 * `svclane version`.
 */

import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';
import { VERSION } from './version.ts';

/** Prints the versions, for people or as `json` or `yaml`. */
export function versionCommand(output: unknown): void {
  const versions = { svclane: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
  if (output === 'json') console.log(JSON.stringify(versions, null, 2));
  else if (output === 'yaml') process.stdout.write(stringify(versions));
  else if (output === undefined)
    console.log(`svclane ${versions.svclane} (node ${versions.node}, ${versions.platform})`);
  else
    throw new SvclaneError('SVL_USAGE', `unknown output format "${String(output)}"`, {
      hint: 'use -o json or -o yaml',
    });
}
