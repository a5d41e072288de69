/**
 * What the two processes of a hand-over say to one another, over the channel that Node opens between parent and child.
 *
 *   predecessor (parent)                     successor (child)
 *        ◀── hello ─────────────────────────────── its protocol; then it reads, lists, builds its first table
 *        ◀── claim ─────────────────────────────── "change nothing any more"
 *        ──▶ interventions, lent, state, … the last one has `last` ──▶
 *        ◀── take ──▶ given + the socket ────────▶ for each socket that it opens
 *        ◀── serving
 *        ──▶ released                              closes its copies
 *        ◀── main                                  systemd knows who is who
 *        ──▶ draining, reply                       until its flows have ended
 *        ◀── stop                                  the successor stops: both do
 *
 * `failed` and `refused` may come at any time before `released`, and end it. Two versions of svclane understand one another
 * where `HANDOVER_PROTOCOL` is the same: it is raised whenever a message or the name of a socket changes its meaning. A message
 * that a version does not know it passes over.
 */

import { isRecord } from '../lib/is-record.ts';
import type { AffinityRow, FaultRow, OverrideRow, QuarantineRow, SuspectRow, UdpFlowRow } from '../model/soft-state.ts';

export const HANDOVER_PROTOCOL = 1;

/** Tells a process that it is a successor, and which protocol its predecessor speaks. */
export const HANDOVER_ENV = 'SVCLANE_HANDOVER';

/** From the successor. */
export type SuccessorMessage =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string; readonly pid: number }
  | { readonly type: 'claim'; readonly capture: string }
  | { readonly type: 'take'; readonly name: string }
  | { readonly type: 'serving' }
  | { readonly type: 'main' }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'stop'; readonly graceMs: number };

/** From the predecessor. `data` is base64. */
export type PredecessorMessage =
  | { readonly type: 'refused'; readonly reason: string }
  | StateMessage
  | InterventionsMessage
  | LentMessage
  | { readonly type: 'given'; readonly name: string }
  | { readonly type: 'released' }
  | { readonly type: 'draining'; readonly flows: number }
  | {
      readonly type: 'reply';
      readonly frontend: string;
      readonly data: string;
      readonly port: number;
      readonly address: string;
    };

/** A part of the soft state. */
export interface StateMessage {
  readonly type: 'state';
  readonly affinity: readonly AffinityRow[];
  readonly suspects: readonly SuspectRow[];
  readonly quarantine: readonly QuarantineRow[];
  readonly udpFlows: readonly UdpFlowRow[];
  readonly last: boolean;
}

/** Overrides and faults, before the last part of the soft state. */
export interface InterventionsMessage {
  readonly type: 'interventions';
  readonly overrides: readonly OverrideRow[];
  readonly faults: readonly FaultRow[];
}

/** Sockets of helpers that can be taken, before the last part of the soft state. */
export interface LentMessage {
  readonly type: 'lent';
  readonly sockets: readonly { readonly name: string }[];
}

type Field = 'string' | 'number' | 'boolean' | readonly Row[];
type Row = Readonly<Record<string, 'string' | 'number'>>;
type Shape = Readonly<Record<string, Field>>;

const SUCCESSOR: Readonly<Record<SuccessorMessage['type'], Shape>> = {
  hello: { protocol: 'number', version: 'string', pid: 'number' },
  claim: { capture: 'string' },
  take: { name: 'string' },
  serving: {},
  main: {},
  failed: { reason: 'string' },
  stop: { graceMs: 'number' },
};

const ENDPOINT: Row = { servicePort: 'string', endpoint: 'string' };

const INTERVENTION: Row = {
  namespace: 'string',
  service: 'string',
  port: 'string',
  protocol: 'string',
  ageMs: 'number',
  leftMs: 'number',
};

const FAULT: Row = {
  ...INTERVENTION,
  latencyMs: 'number',
  jitterMs: 'number',
  resetPercent: 'number',
  refusePercent: 'number',
  blackholePercent: 'number',
  bytesPerSecond: 'number',
};

const PREDECESSOR: Readonly<Record<PredecessorMessage['type'], Shape>> = {
  refused: { reason: 'string' },
  state: {
    affinity: [{ ...ENDPOINT, client: 'string', idleMs: 'number' }],
    suspects: [
      { ...ENDPOINT, cause: 'string', failures: 'number', times: 'number', forMs: 'number', leftMs: 'number' },
    ],
    quarantine: [ENDPOINT],
    udpFlows: [{ frontend: 'string', address: 'string', port: 'number', endpoint: 'string' }],
    last: 'boolean',
  },
  interventions: {
    overrides: [{ ...INTERVENTION, target: 'string', match: 'string', fallback: 'string' }],
    faults: [FAULT],
  },
  lent: { sockets: [{ name: 'string' }] },
  given: { name: 'string' },
  released: {},
  draining: { flows: 'number' },
  reply: { frontend: 'string', data: 'string', port: 'number', address: 'string' },
};

/** Whether it is a message of the successor, whole. Fields that we do not know are no fault. */
export function isSuccessorMessage(message: unknown): message is SuccessorMessage {
  return hasShape(message, SUCCESSOR);
}

/** Whether it is a message of the predecessor, whole. */
export function isPredecessorMessage(message: unknown): message is PredecessorMessage {
  return hasShape(message, PREDECESSOR);
}

function hasShape(message: unknown, shapes: Readonly<Record<string, Shape>>): boolean {
  if (!isRecord(message) || typeof message.type !== 'string') return false;
  const shape = Object.hasOwn(shapes, message.type) ? shapes[message.type] : undefined;
  return shape !== undefined && Object.entries(shape).every(([key, field]) => fits(message[key], field));
}

function fits(value: unknown, field: Field): boolean {
  if (typeof field === 'string') return typeof value === field;
  const [row = {}] = field;
  return Array.isArray(value) && value.every((entry) => isRow(entry, row));
}

function isRow(value: unknown, row: Row): boolean {
  return isRecord(value) && Object.entries(row).every(([key, type]) => typeof value[key] === type);
}
