/**
 * Which of upstream's tests are run.
 */

import { SKIPS } from './skips.ts';

export interface Selection {
  /** Regular expressions over a test's full name. */
  readonly focus: string;
  readonly skip: string;
}

const GROUPS = [
  'Services',
  'Networking',
  'Conntrack',
  'Traffic Distribution',
  'Topology Hints',
  'Connectivity Pod Lifecycle',
  'EndpointSlice',
  'EndpointSliceMirroring',
  'Endpoints',
  'EndpointsController',
  'Service endpoints latency',
  'API Server',
  'HostPort',
  'DNS',
  'Proxy version v1',
  'KubeProxy',
];

/** Beyond the conformance tests: one or more of each thing that a proxy can get wrong, the quick ones. */
const QUICK = [
  'Conntrack should be able to preserve UDP traffic when (initial unready|server pod cycles for a (ClusterIP|NodePort) service$)',
  'Networking Granular Checks: Services should (function for (pod|node|endpoint)-Service|be able to handle large requests)',
  'Networking should check kube-proxy urls',
  'Services should allow pods to hairpin',
  'Services should be possible to connect to a service via ExternalIP',
  'Services should be rejected (when|for)',
  'Services should be updated after adding or deleting ports',
  'Services should fail health check node port',
  'Services should fallback to (local )?terminating endpoints',
  'Services should implement service.kubernetes.io',
  'Services should respect internalTrafficPolicy=Local',
  'Traffic Distribution should route traffic to an endpoint',
];

const skip = SKIPS.map(({ pattern }) => pattern).join('|');

/** Everything of sig-network that a Service proxy has a part in. */
export const FULL: Selection = { focus: `\\[sig-network\\] (${GROUPS.join('|')}) `, skip };

/** What fits in a quarter of an hour: conformance, and the quick ones of the rest. */
export const DEFAULT: Selection = {
  focus: `\\[sig-network\\] ((${GROUPS.join('|')}) .*\\[Conformance\\]|${QUICK.join('|')})`,
  skip,
};
