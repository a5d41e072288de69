/**
 * Soft state of a listener set: what it hands on to a successor, and how the successor takes it up.
 */

import type { ServicePort } from '../model/route.ts';
import type { SoftState } from '../model/soft-state.ts';
import { InheritedUdp } from './inherited-udp.ts';
import type { ProxyContext } from './proxy-context.ts';

/** What is worth handing on now. */
export function softStateOf({ picker, ejections, quarantine, flows }: ProxyContext): SoftState {
  return {
    affinity: [...picker.affinity()],
    suspects: [...ejections.rows()],
    quarantine: [...quarantine].flatMap(([servicePort, keys]) =>
      [...keys].map((endpoint) => ({ servicePort, endpoint })),
    ),
    udpFlows: [...flows.udp].map(({ route, peerAddress, clientPort, endpoint }) => ({
      frontend: route.frontend.key,
      address: peerAddress,
      port: clientPort,
      endpoint: endpoint.key,
    })),
  };
}

/** Takes up what a predecessor knew, as far as the table that was just applied has it. */
export function inheritSoftState(
  context: ProxyContext,
  state: SoftState,
  servicePortOf: (key: string) => ServicePort | undefined,
): void {
  const { picker, ejections, quarantine, clock, settings } = context;
  picker.inheritAffinity(state.affinity, servicePortOf);
  ejections.inherit(state.suspects);
  for (const { servicePort, endpoint } of state.quarantine) {
    const isThere = servicePortOf(servicePort)?.endpoints.some(({ key }) => key === endpoint);
    if (isThere) quarantine.add(servicePort, endpoint);
  }
  if (state.udpFlows.length === 0) return;
  context.inheritedUdp = new InheritedUdp(state.udpFlows);
  clock.setTimer(() => {
    context.inheritedUdp = undefined;
  }, settings.udp.idleTimeoutMs);
}
