/**
 * The codes of routing: why a client gets what it gets, and why a slice or an endpoint is left out.
 *
 * A code never changes its meaning; `docs/codes.md` lists them all, and a test holds the two equal.
 */

/** Why a decision was taken. */
export const DECISION_CODES = {
  FORWARD: 'the client goes to one of the eligible endpoints',
  NO_ENDPOINT: 'refused: no endpoint anywhere could serve',
  NO_LOCAL_ENDPOINT:
    'dropped: the traffic policy is Local and no endpoint on this node could serve, though others exist',
  SOURCE_DENIED: 'dropped: spec.loadBalancerSourceRanges does not allow this client',
  NOT_OURS: 'ignored: no Service is reached at this address and port',
  SERVICE_IP_UNALLOCATED: 'dropped: the address is of the Service range, and no Service has it',
} as const;

/** Why something is left out, or not found. */
export const EXCLUSION_CODES = {
  SVC_NOT_FOUND: 'there is no Service of this name',
  SVC_EXTERNALNAME: 'spec.type is ExternalName: clients are sent elsewhere by DNS',
  SVC_HEADLESS:
    'spec.clusterIP is None, or the label service.kubernetes.io/headless is present: clients find pods by DNS',
  SVC_OTHER_PROXY: 'the label service.kubernetes.io/service-proxy-name gives the Service to another proxy',
  SVC_NO_CLUSTER_IP: 'spec.clusterIP is not allocated yet, or is no address',
  PORT_UNKNOWN: 'the Service has no such port or protocol; at its cluster IP a client is refused',
  PORT_UNSUPPORTED: 'the port is SCTP: Kubernetes would forward, svclane has no socket for it',
  FAMILY_NONE: 'the Service has no cluster IP of this family',
  FRONTEND_CONFLICT: 'an older Service has this address and port',
  SLICE_NONE: 'no EndpointSlice has the label kubernetes.io/service-name with the name of the Service',
  SLICE_FAMILY: 'addressType is of the other family',
  SLICE_PORT_NAME: 'no port of the slice has the name of the Service port',
  SLICE_PORT_NIL: 'the port of the slice has no number or no name',
  SLICE_PROTOCOL: 'the port of the slice has the name of the Service port, but another protocol',
  EP_DUPLICATE: 'the same address and port is in the slices twice; the better one counts',
  EP_NOT_READY: 'conditions.ready is false',
  EP_NOT_SERVING: 'the endpoint terminates, and conditions.serving is false',
  EP_TERMINATING_STANDBY: 'the endpoint terminates and still serves: it is used only while no endpoint is ready',
  EP_NOT_LOCAL: 'the traffic policy is Local, and nodeName is not this node',
  EP_HINT_ZONE: 'hints.forZones does not name the zone of this node',
  EP_HINT_NODE: 'hints.forNodes does not name this node',
  HINTS_IGNORED: 'hints do not filter; the reason is told',
} as const;

/** Why the data plane gives an endpoint no new flows, or would not, whatever the API says of it. No part of a decision. */
export const AVOIDANCE_CODES = {
  EP_EJECTED: 'dials to the endpoint failed in a row: it is left out for a time',
  EJECTION_SUSPENDED: 'the endpoint would be left out for failed dials, but too many are: it is used all the same',
  EP_QUARANTINED: 'an operator drains the endpoint: it gets no new flows',
  EP_OVERRIDDEN: 'an override sends clients to another address first: the endpoint gets what is left to it',
} as const;

export type DecisionCode = keyof typeof DECISION_CODES;
export type ExclusionCode = keyof typeof EXCLUSION_CODES;

/** One thing left out, or one thing to know: by which field of which API object. */
export interface Exclusion {
  readonly code: ExclusionCode;
  /** What is left out: the name of a slice, the key of an endpoint, or of the Service. */
  readonly subject: string;
  /** The pod of an endpoint, "" where unknown. */
  readonly pod: string;
  /** The object that has the field: `EndpointSlice web-x7k`, `Service web`, `Node node-a`. */
  readonly object: string;
  /** `endpoints[1].conditions.ready`. */
  readonly path: string;
  /** What stands there, as JSON; `nil` where nothing does. */
  readonly value: string;
}

/** Told of each exclusion as it happens; absent on the data path. */
export type Collect = (exclusion: Exclusion) => void;
