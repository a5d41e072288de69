/**
 * What was wrong with an API object: the part that was left out, never an exception.
 */

/** Every code that decoding reports, with its meaning; part of `docs/codes.md`. */
export const PROBLEM_CODES = {
  OBJECT_INVALID: 'the object lacks what identifies it, or is of the wrong type: it is skipped',
  FIELD_TYPE: 'a field has the wrong type: it counts as absent',
  PORT_INVALID: 'a port is not a number from 1 to 65535, or its protocol is unknown: that port is left out',
  PORT_DUPLICATE: 'a second port with the same name and protocol: it is left out',
  ADDRESS_INVALID: 'not an IP address: it is left out',
  ADDRESS_FAMILY: 'an address of the other family than declared: it is left out',
  RANGE_INVALID: 'not a CIDR: the range is left out',
  VALUE_UNKNOWN: 'a value that is not known for this field: the default is used, or the entry left out',
  PROTOCOL_UNSUPPORTED: 'SCTP cannot be forwarded by svclane: that port is left out',
  OBJECT_DUPLICATE: 'another manifest defines the same object: the later file, or place in the file, counts',
  ANNOTATION_INVALID: 'a svclane.dev annotation has a value out of its bounds: it is ignored',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;

/** One thing left out of an object. `path` is the API field, `spec.ports[0].port`; `message` says what would be right. */
export interface Problem {
  readonly code: ProblemCode;
  readonly path: string;
  readonly message: string;
}
