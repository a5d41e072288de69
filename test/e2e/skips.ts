/**
 * Upstream's tests that are not run, each with the reason. `docs/conformance.md` is made from this list.
 */

export interface Skip {
  /** Matched against a test's full name, by ginkgo (Go) and here alike. */
  readonly pattern: string;
  /** What is in the way: `userspace` = svclane cannot, `rig` = the test cluster cannot, whatever the proxy. */
  readonly cause: 'userspace' | 'rig';
  readonly reason: string;
}

export const SKIPS: readonly Skip[] = [
  {
    pattern: 'sctp|SCTP',
    cause: 'userspace',
    reason: 'Node.js has no SCTP sockets; such a Service port is reported as not supported',
  },
  {
    pattern:
      'should preserve source pod IP|should support externalTrafficPolicy=Local for type=NodePort|should implement NodePort and HealthCheckNodePort correctly',
    cause: 'userspace',
    reason:
      'wants the pod to see the address of the client; the connection to the pod is made by svclane, so it comes from the node',
  },
  {
    pattern: 'should set TCP CLOSE_WAIT timeout',
    cause: 'userspace',
    reason:
      "about a setting of the kernel's connection tracking that kube-proxy makes; svclane's connections end in its sockets",
  },
  {
    pattern: 'localhost nodeports|conntrack_reconciler|kubeproxy_.*metric',
    cause: 'userspace',
    reason: 'counts kernel rules or conntrack entries, which svclane does not have',
  },
  {
    pattern: '\\[Disruptive\\]',
    cause: 'rig',
    reason: 'reaches nodes by SSH; restarts of the proxy and of the API server amid traffic are tests of test/cluster',
  },
  { pattern: '\\[Serial\\]', cause: 'rig', reason: 'reconfigures cluster DNS or needs the cluster for itself' },
  { pattern: '\\[Flaky\\]', cause: 'rig', reason: 'marked unreliable upstream' },
  {
    pattern: 'LoadBalancer',
    cause: 'rig',
    reason: 'needs a cloud that assigns load balancers; status and source ranges are tests of test/cluster',
  },
  { pattern: '\\[Feature:', cause: 'rig', reason: 'needs a feature or an add-on that the test cluster does not have' },
  { pattern: '\\[Provider:', cause: 'rig', reason: 'written for one cloud' },
  {
    pattern: 'should proxy logs on node',
    cause: 'rig',
    reason: "reads the machine's /var/log through kubelet; no service proxy takes part",
  },
];

/** The reason why a test is not run, or `undefined` where it is. */
export function skipOf(name: string): Skip | undefined {
  return SKIPS.find(({ pattern }) => new RegExp(pattern).test(name));
}
