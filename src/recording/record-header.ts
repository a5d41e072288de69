/**
 * The header of a record: where it comes from, without credentials.
 */

import type { HeaderLine } from './record-lines.ts';
import { routingConfig } from './routing-config.ts';

/** What a header is made from. */
export interface RecordOrigin {
  /** The version of svclane. */
  readonly version: string;
  readonly nowMs: number;
  /** What the source says of itself: the context, and the address of the API server. */
  readonly description: string;
  readonly serviceProxyName: string;
  /** The configuration in the file's form; what does not matter to routing is left out. */
  readonly settings: unknown;
}

/** The header, but for what every record has. */
export function recordHeader(origin: RecordOrigin): Omit<HeaderLine, 'type' | 'format' | 'version'> {
  return {
    svclane: origin.version,
    created: new Date(origin.nowMs).toISOString(),
    source: withoutCredentials(origin.description),
    serviceProxyName: origin.serviceProxyName,
    config: routingConfig(origin.settings),
  };
}

/** An address may have a user and a password before its host, or a token behind a question mark. */
function withoutCredentials(description: string): string {
  return description.replace(/\/\/[^/@\s]*@/g, '//').replace(/\?\S*/g, '');
}
