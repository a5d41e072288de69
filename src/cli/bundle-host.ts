/**
 * A bundle in the place of a daemon: whatever asks a daemon may ask one.
 */

import { SvclaneError } from '../errors.ts';
import { daemonHost } from './daemon-host.ts';

const PREFIX = /^(partial-)?bundle:/;

/** The options that choose whom to ask. */
export interface AskedHost {
  readonly host?: string;
  /** The path of a bundle. */
  readonly bundle?: string;
  /** The bundle may have been cut off. */
  readonly partial?: boolean;
}

/** The daemon, or the bundle where one is named. Throws `SVL_USAGE` where both are. */
export function hostOf({ host, bundle, partial = false }: AskedHost): string {
  if (bundle === undefined) return daemonHost(host, process.env);
  if (host !== undefined) {
    throw new SvclaneError('SVL_USAGE', '--host and --bundle exclude one another', { hint: 'choose one of them' });
  }
  return `${partial ? 'partial-' : ''}bundle:${bundle}`;
}

/** The bundle that a host of `hostOf` means; `undefined` = it is a daemon. */
export function bundleOfHost(host: string): { readonly path: string; readonly partial: boolean } | undefined {
  if (!PREFIX.test(host)) return undefined;
  return { path: host.replace(PREFIX, ''), partial: host.startsWith('partial-') };
}
