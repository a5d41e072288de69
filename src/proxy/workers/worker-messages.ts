/**
 * The messages between main and its helpers: plain data, in both directions in the order in which they were sent.
 *
 *   main   ── settings, node, table, expect, widen ──▶ helper       follow the configuration and the table
 *          ── end, look, lend, close, hand-over ─────▶              do something; `end`, `look` and `lend` are answered
 *   helper ── ready, applied, flows, paused ─────────▶ main         what it has done, and what its flows do
 *          ── not-listening ──────────────────────────▶              that it cannot open a socket, and tries again
 *          ── crowded, reply, lent, answer ──────────▶              what only main can do, or has asked
 */

import type { Pick as Picked } from '../../balancing/picker.ts';
import type { Config, ServiceOverride } from '../../config/config.ts';
import { isRecord } from '../../lib/is-record.ts';
import type { Binding } from '../../model/capture.ts';
import type { FailedTry, FlowEnd } from '../../model/flow.ts';
import type { Frontend, NodeContext } from '../../model/route.ts';
import type { UdpFlowRow } from '../../model/soft-state.ts';
import type { PortRecord } from './port-records.ts';

/** What tells clients apart. */
export type ClientRanges = Pick<NodeContext, 'nodeIPs' | 'podCIDRs'>;

/** A route that a helper is to serve. A later one of the same frontend takes its place. */
export interface SharedRoute {
  /** Unique in a process. */
  readonly id: number;
  readonly frontend: Frontend;
  /** Of a port record that was sent before, or with it. */
  readonly port: number;
  /** Where main has its socket. */
  readonly binding: Binding;
  /** It has the extra sockets. */
  readonly isWide: boolean;
  /** Descriptors of listening sockets there, which are the helper's: the first one, then extra ones. Absent = it opens its own. */
  readonly sockets?: readonly number[];
}

/** A listening socket of a helper, by its own name for it. */
export type LentSocket = readonly [name: string, descriptor: number];

/** What changes for a helper. It is answered by `applied`. */
export interface TableMessage {
  readonly type: 'table';
  /** Grows by one with each. */
  readonly batch: number;
  readonly generation: number;
  readonly ports: readonly PortRecord[];
  readonly routes: readonly SharedRoute[];
  /** Keys of frontends that nobody serves any more: UDP flows end. */
  readonly gone: readonly string[];
  /** Keys of frontends that main serves alone: flows go on. */
  readonly withdrawn: readonly string[];
  /** Port records that no route has any more. */
  readonly forget: readonly number[];
}

export type ToHelper =
  | { readonly type: 'settings'; readonly settings: Config['defaults']; readonly services: readonly ServiceOverride[] }
  | { readonly type: 'node'; readonly ranges: ClientRanges }
  | TableMessage
  | { readonly type: 'expect'; readonly rows: readonly UdpFlowRow[] }
  | { readonly type: 'widen'; readonly frontend: string }
  | { readonly type: 'end'; readonly request: number; readonly flow: string }
  | { readonly type: 'look'; readonly request: number }
  | { readonly type: 'lend'; readonly request: number }
  | { readonly type: 'close'; readonly graceMs: number }
  | {
      readonly type: 'hand-over';
      readonly graceMs: number;
      /** Names of sockets that the successor has too. */
      readonly taken: readonly string[];
    };

/** A flow as it is by now: all of it, each time. "" and -1 = not known, or none. */
export type FlowRecord = readonly [
  id: string,
  route: number,
  /** As the socket gives it. */
  clientAddress: string,
  clientPort: number,
  openedAtMs: number,
  endpoint: string,
  why: Picked['why'] | '',
  failedTries: readonly FailedTry[],
  connectMs: number,
  bytesIn: number,
  bytesOut: number,
  datagramsIn: number,
  datagramsOut: number,
  headerBytes: number,
  end: FlowEnd | undefined,
  endedAtMs: number,
];

export type FromHelper =
  | { readonly type: 'ready' }
  | { readonly type: 'applied'; readonly batch: number }
  | {
      readonly type: 'flows';
      readonly records: readonly FlowRecord[];
      /** One for each datagram that was not forwarded. */
      readonly dropped: readonly (readonly [frontend: string, reason: string])[];
    }
  | { readonly type: 'paused'; readonly paused: boolean; readonly errno: string }
  | { readonly type: 'not-listening'; readonly message: string; readonly retryInMs: number }
  | { readonly type: 'crowded'; readonly frontend: string }
  | {
      readonly type: 'reply';
      readonly frontend: string;
      readonly datagram: Uint8Array;
      readonly port: number;
      readonly address: string;
    }
  | { readonly type: 'lent'; readonly sockets: readonly LentSocket[] }
  | { readonly type: 'answer'; readonly request: number; readonly ok: boolean };

/** What a helper is made with. */
export interface HelperData {
  readonly kind: 'svclane-helper';
  /** Which worker it is: 1 and more. */
  readonly worker: number;
  /** What ids of its flows begin with behind their letter; no helper before it had the same. */
  readonly idPrefix: string;
  readonly load: SharedArrayBuffer;
  readonly extraSockets: number;
  readonly settings: Config['defaults'];
  readonly services: readonly ServiceOverride[];
  readonly ranges: ClientRanges;
  readonly reads: 'auto' | 'plain';
  /** `undefined` = what the system says. */
  readonly descriptorLimit: number | undefined;
}

type Types<T extends { readonly type: string }> = Readonly<Record<T['type'], true>>;

const TO_HELPER: Types<ToHelper> = {
  settings: true,
  node: true,
  table: true,
  expect: true,
  widen: true,
  end: true,
  look: true,
  lend: true,
  close: true,
  'hand-over': true,
};

const FROM_HELPER: Types<FromHelper> = {
  ready: true,
  applied: true,
  flows: true,
  paused: true,
  'not-listening': true,
  crowded: true,
  reply: true,
  lent: true,
  answer: true,
};

/** Whether main sent it. Both ends are one program: the type tells the rest. */
export function isToHelper(message: unknown): message is ToHelper {
  return isRecord(message) && typeof message.type === 'string' && Object.hasOwn(TO_HELPER, message.type);
}

/** Whether a helper sent it. */
export function isFromHelper(message: unknown): message is FromHelper {
  return isRecord(message) && typeof message.type === 'string' && Object.hasOwn(FROM_HELPER, message.type);
}

/** Whether a thread was started as a helper. */
export function isHelperData(data: unknown): data is HelperData {
  return isRecord(data) && data.kind === 'svclane-helper';
}
