/**
 * Whether a route wants a listening socket. Without one the kernel refuses clients by itself.
 */

import type { Route, ServicePort } from '../model/route.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { decideRoute } from '../routing/decide-route.ts';
import type { ProxyContext } from './proxy-context.ts';

const CLASSES: readonly ClientClass[] = ['external', 'pod', 'node'];

/**
 * A socket is wanted where some client has an endpoint, where an override has one for clients, and where clients are held
 * for want of any. Clients that a traffic policy keeps from the endpoints there are (`NO_LOCAL_ENDPOINT`) are not held: a load balancer has to turn
 * elsewhere.
 */
export function wantsSocket(
  context: Pick<ProxyContext, 'quarantine' | 'settingsOf' | 'interventions'>,
  route: Route,
): boolean {
  const { servicePort } = route;
  if (servicePort.protocol === 'SCTP') return false;
  if (context.interventions?.overrides.of(servicePort) !== undefined) return true;
  const isDrained = isQuarantined(servicePort, context.quarantine.of(servicePort.key));
  if (route.listens && !isDrained) return true;
  if (context.settingsOf(servicePort).onEmpty.action !== 'hold') return false;
  return isDrained || CLASSES.some((client) => decideRoute(route, undefined, client).reason === 'NO_ENDPOINT');
}

/** There are eligible endpoints, and all of them are in quarantine. */
function isQuarantined(
  { clusterEndpoints = [], localEndpoints = [] }: ServicePort,
  quarantined: ReadonlySet<string> | undefined,
): boolean {
  if (quarantined === undefined || clusterEndpoints.length + localEndpoints.length === 0) return false;
  return [clusterEndpoints, localEndpoints].every((set) => set.every(({ key }) => quarantined.has(key)));
}
