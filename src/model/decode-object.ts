/**
 * Any watched API object, decoded by its kind.
 */

import { decodeEndpointSlice } from './decode-endpoint-slice.ts';
import { identityOf } from './decode-metadata.ts';
import { decodeNode } from './decode-node.ts';
import type { Decoded } from './decode-reader.ts';
import { decodeService } from './decode-service.ts';
import type { Problem } from './problem.ts';
import type { ApiObject, Rejection, WatchedKind } from './source.ts';

/** An object, and what to report of it: both where it lost a part, only `rejection` where it is skipped. */
export interface DecodedObject {
  readonly object?: ApiObject;
  readonly rejection?: Rejection;
}

const DECODERS: Readonly<Record<WatchedKind, (raw: unknown) => Decoded<ApiObject>>> = {
  Service: decodeService,
  EndpointSlice: decodeEndpointSlice,
  Node: decodeNode,
};

/**
 * Decodes a Service, an EndpointSlice or a Node. `kind` is what the object is known to be where it does not say (the
 * items of a list). An object of another kind is skipped. Never throws.
 */
export function decodeObject(raw: unknown, kind?: WatchedKind): DecodedObject {
  const identity = identityOf(raw);
  const known = kind ?? identity.kind;
  if (!isWatchedKind(known)) {
    const problem: Problem = { code: 'OBJECT_INVALID', path: 'kind', message: `must be one of ${kinds()}` };
    return { rejection: { ...identity, skipped: true, problems: [problem] } };
  }
  const { object, problems } = DECODERS[known](raw);
  const rejection: Rejection = { ...identity, kind: known, skipped: object === undefined, problems };
  return { ...(object && { object }), ...(problems.length > 0 && { rejection }) };
}

function isWatchedKind(kind: string): kind is WatchedKind {
  return Object.hasOwn(DECODERS, kind);
}

function kinds(): string {
  return Object.keys(DECODERS).join(', ');
}
