/**
 * The lines of a record: JSON, one document a line. A bundle and a history file are both made of them.
 *
 *   header · keyframe · object × n · change × m [· keyframe · object × n · change × m]… · end
 *
 * A keyframe is a whole table: so many objects follow it. A change is the next table: what was applied and deleted, and
 * why. Only a bundle has an end: without it, it was cut off.
 */

import { type Static, type TSchema, Type } from 'typebox';

/** The version of this format. A reader knows one. */
export const RECORD_VERSION = 1;

const text = Type.String({ maxLength: 4096 });
const time = Type.String({ maxLength: 64 });
const generation = Type.Integer({ minimum: 1 });
const anything = Type.Record(Type.String(), Type.Unknown());

/** Where a record comes from. `config` has of the configuration what routing depends on, for people and for `explain`. */
const HEADER = Type.Object({
  type: Type.Enum(['header']),
  format: Type.Enum(['svclane-bundle', 'svclane-history']),
  version: Type.Integer(),
  svclane: text,
  created: time,
  source: text,
  serviceProxyName: text,
  config: anything,
});

const LANE = Type.Object({
  namespace: text,
  service: text,
  port: Type.Union([text, Type.Integer()]),
  protocol: Type.Enum(['TCP', 'UDP', 'SCTP']),
  address: text,
  localPort: Type.Integer(),
});

/** Where we ran: a `NodeContext` with its ranges as text. */
const NODE = Type.Object({
  nodeName: text,
  zone: text,
  nodeIPs: Type.Array(text),
  nodePortIPs: Type.Array(text),
  podCIDRs: Type.Array(text),
  serviceCIDRs: Type.Optional(Type.Array(text)),
  nodeHints: Type.Optional(Type.Boolean()),
  frontends: Type.Object({
    clusterIP: Type.Boolean(),
    nodePorts: Type.Boolean(),
    externalIPs: Type.Boolean(),
    loadBalancerIPs: Type.Boolean(),
  }),
  lanes: Type.Array(LANE),
  /** Services have local addresses of their own, which are with the Services. */
  hosts: Type.Optional(Type.Object({ udp: Type.Boolean() })),
});

/** An API object, what decoding had left out of it before it was recorded, and the local address that a Service has. */
const ENTRY = Type.Object({
  object: anything,
  problems: Type.Optional(Type.Array(Type.Object({ code: text, path: text, message: text }))),
  host: Type.Optional(text),
});

const moment = { generation, time, digest: Type.Optional(text) };

const KEYFRAME = Type.Object({
  type: Type.Enum(['keyframe']),
  ...moment,
  node: NODE,
  objects: Type.Integer({ minimum: 0 }),
});

const OBJECT = Type.Object({ type: Type.Enum(['object']), ...ENTRY.properties });

const DELETED = Type.Object({ kind: text, namespace: text, name: text, addressType: Type.Optional(text) });

/** `node` is there where it changed. `causes` are for people: nothing is made from them. */
const CHANGE = Type.Object({
  type: Type.Enum(['change']),
  ...moment,
  node: Type.Optional(NODE),
  apply: Type.Array(ENTRY),
  delete: Type.Array(DELETED),
  causes: Type.Array(anything),
});

/** `lines` are those before it. */
const END = Type.Object({ type: Type.Enum(['end']), lines: Type.Integer({ minimum: 0 }) });

/** The shape of each type of line. */
export const LINES = { header: HEADER, keyframe: KEYFRAME, object: OBJECT, change: CHANGE, end: END } satisfies Record<
  string,
  TSchema
>;

export type HeaderLine = Static<typeof HEADER>;
export type KeyframeLine = Static<typeof KEYFRAME>;
export type ChangeLine = Static<typeof CHANGE>;
export type EndLine = Static<typeof END>;
export type RecordedNode = Static<typeof NODE>;
export type RecordedEntry = Static<typeof ENTRY>;
export type RecordedDeletion = Static<typeof DELETED>;
export type RecordLine = HeaderLine | KeyframeLine | Static<typeof OBJECT> | ChangeLine | EndLine;

/** A line as it is written, with its end. */
export function formatLine(line: RecordLine): string {
  return `${JSON.stringify(line)}\n`;
}
