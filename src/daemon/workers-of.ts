/**
 * How many workers serve: what the configuration says, where that can be.
 */

import type { Config } from '../config/config.ts';
import { channels } from '../observability/channels.ts';

/** Says once what keeps more workers than one from serving. A helper reaches pods at their addresses, and no other way. */
export function workersOf({ workers, transport, source }: Config): number {
  if (workers === 1 || transport === 'direct' || source.type === 'manifests') return workers;
  const reason = `transport is ${transport}: only with transport direct more than one serve`;
  channels.workersUnused.publish({ workers, reason });
  return 1;
}
