/**
 * How many Service ports have a Local policy and no local endpoint, though others exist: their clients are dropped here.
 */

import type { ServicePort } from '../model/route.ts';

/** By the policy that is Local. */
export interface NoLocalEndpoints {
  readonly internal: number;
  readonly external: number;
}

/**
 * Counts over ServicePorts. One that has no endpoint anywhere does not count: nothing is lost by the policy.
 *
 * Source: kube-proxy metric `sync_proxy_rules_no_local_endpoints_total`.
 */
export function countNoLocalEndpoints(ports: Iterable<ServicePort>): NoLocalEndpoints {
  let internal = 0;
  let external = 0;
  for (const port of ports) {
    if (port.localEndpoints === undefined || port.localEndpoints.length > 0 || !port.hasAnyEndpoints) continue;
    if (port.internalPolicyLocal) internal++;
    if (port.externalPolicyLocal) external++;
  }
  return { internal, external };
}
