/**
 * Dialect: one of the protocols in which a client names where it wants to go. All of them are pure: bytes in, bytes out.
 */

import type { FlowEnd } from '../model/flow.ts';
import type { FrontRefusal } from '../model/front.ts';

/** How a dialect tells a client how it went. */
export interface Replies {
  /** A backend has accepted: the client's bytes follow. */
  accepted(): Buffer;
  /** The client cannot go there. */
  refused(refusal: FrontRefusal): Buffer;
  /** No backend accepted. */
  failed(end: FlowEnd): Buffer;
}

/**
 * What the bytes of a client say so far. `used` of them are done with. `more`: it has to say more, after `write`; `target`:
 * it has said where to, and what follows is for the backend; `end`: it is hung up on after `write`.
 */
export type Step =
  | { readonly kind: 'more'; readonly used: number; readonly write?: Buffer }
  | {
      readonly kind: 'target';
      readonly used: number;
      readonly host: string;
      readonly port: number;
      readonly replies: Replies;
    }
  | { readonly kind: 'end'; readonly write?: Buffer };

/** Reads on, given all bytes that are not used yet: `more` with nothing used and nothing to write = wait for bytes. */
export type Dialect = (bytes: Buffer) => Step;

/** Nothing can be said yet. */
export const WAIT: Step = { kind: 'more', used: 0 };
