/**
 * Endpoint: a pod IP and port that implements a ServicePort.
 */

/** One endpoint of one ServicePort, joined from slices. Immutable; a changed condition makes a new object. */
export interface Endpoint {
  /** `10.244.1.7:8080`, `[fd00::7]:8080`: unique within its ServicePort. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Its nodeName is ours. */
  readonly isLocal: boolean;
  /** "" = unknown. */
  readonly nodeName: string;
  readonly zone: string;
  /** Of the slice it stands in, and so of its pod. */
  readonly namespace: string;
  readonly podName: string;
  readonly hintZones: readonly string[];
  readonly hintNodes: readonly string[];
  /** Where it stands in the API: name of the slice, index in `endpoints`. */
  readonly sliceName: string;
  readonly sliceIndex: number;
}
