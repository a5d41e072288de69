/**
 * `svclane version`.
 */

import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';

/** The version in package.json, which stands one folder above `src` and `dist` alike. */
export const VERSION: string = readVersion();

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

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}
