/**
 * Which of a ServicePort's two sets a client uses.
 */

import type { FrontendKind, ServicePort } from '../model/route.ts';
import type { ClientClass } from './client-class.ts';
import { isExternalKind } from './frontends.ts';

export type EndpointSet = 'cluster' | 'local';

/**
 * The set that a client uses. The internal policy rules the cluster IP only, the external policy the other addresses only;
 * clients inside the cluster and the node itself are short-circuited to the cluster set there. A lane knows no policy.
 *
 * Source: Service `spec.internalTrafficPolicy`, `spec.externalTrafficPolicy`.
 */
export function endpointSetOf(kind: FrontendKind, servicePort: ServicePort, clientClass: ClientClass): EndpointSet {
  if (kind === 'clusterIP') return servicePort.internalPolicyLocal ? 'local' : 'cluster';
  const isLocal = isExternalKind(kind) && servicePort.externalPolicyLocal && clientClass === 'external';
  return isLocal ? 'local' : 'cluster';
}
