/**
 * What made the difference: the change of the API that a proxy's rules do not show.
 */

import type { Drift } from './drift.ts';

/** One change of one object, as history tells it. */
export interface PastCause {
  readonly kind: string;
  readonly name: string;
  readonly change: string;
  /** The address of the endpoint that it is about; "" = the object itself. */
  readonly endpoint: string;
  readonly fields: readonly { readonly path: string; readonly before: string; readonly after: string }[];
}

/** What one revision changed of a Service. */
export interface PastChange {
  readonly generation: number;
  /** RFC 3339. */
  readonly time: string;
  readonly causes: readonly PastCause[];
}

/** The cause of a drift, and the revision since when the API says so. */
export interface DriftCause extends PastCause {
  readonly generation: number;
  readonly time: string;
}

/** The newest change that explains a drift; `undefined` = none that is known. `changes` are of its Service, oldest first. */
export function findCause(drift: Drift, changes: readonly PastChange[]): DriftCause | undefined {
  for (const { generation, time, causes } of changes.toReversed()) {
    const cause = causes.find((candidate) => explains(drift, candidate));
    if (cause) return { ...cause, generation, time };
  }
  return undefined;
}

function explains({ kind, endpoint }: Drift, cause: PastCause): boolean {
  switch (kind) {
    case 'endpointStale':
      return cause.endpoint === addressOf(endpoint) && cause.change !== 'added';
    case 'endpointMissing':
      return cause.endpoint === addressOf(endpoint) && cause.change !== 'removed';
    case 'affinity':
      return isOfService(cause, 'spec.sessionAffinity');
    case 'sourceRanges':
      return isOfService(cause, 'spec.loadBalancerSourceRanges');
    case 'frontendStale':
    case 'frontendMissing':
      return cause.kind === 'Service';
    case 'policy':
      return true;
    default:
      return false;
  }
}

function isOfService({ kind, change, fields }: PastCause, field: string): boolean {
  return kind === 'Service' && (change !== 'changed' || fields.some(({ path }) => path.startsWith(field)));
}

/** `10.244.1.7:8080` and `[fd00::7]:8080` without the port. */
function addressOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
