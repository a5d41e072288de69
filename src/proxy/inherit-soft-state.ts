/**
 * Soft state of a listener set: what it hands on to a successor, and how the successor takes it up.
 */

import type { ServicePort } from '../model/route.ts';
import type { SoftState, UdpFlowRow } from '../model/soft-state.ts';
import type { FlowRegistry } from './flow-registry.ts';
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
    udpFlows: udpRowsOf(flows),
  };
}

/** The live UDP flows: all, or those of some frontends. */
export function udpRowsOf({ udp }: FlowRegistry, frontendKeys?: ReadonlySet<string>): readonly UdpFlowRow[] {
  const rows: UdpFlowRow[] = [];
  for (const { route, peerAddress: address, clientPort: port, endpoint } of udp) {
    const { key: frontend } = route.frontend;
    if (frontendKeys?.has(frontend) !== false) rows.push({ frontend, address, port, endpoint: endpoint.key });
  }
  return rows;
}

/** Takes up what a predecessor knew, as far as the table that was just applied has it. */
export function inheritSoftState(
  context: ProxyContext,
  state: SoftState,
  servicePortOf: (key: string) => ServicePort | undefined,
): void {
  const { picker, ejections, quarantine } = context;
  picker.inheritAffinity(state.affinity, servicePortOf);
  ejections.inherit(state.suspects);
  for (const { servicePort, endpoint } of state.quarantine) {
    const isThere = servicePortOf(servicePort)?.endpoints.some(({ key }) => key === endpoint);
    if (isThere) quarantine.add(servicePort, endpoint);
  }
  expectUdpFlows(context, state.udpFlows);
}

/** Remembers which endpoint UDP clients have elsewhere, besides what is remembered already. */
export function expectUdpFlows(context: ProxyContext, rows: readonly UdpFlowRow[]): void {
  if (rows.length === 0) return;
  const inherited = new InheritedUdp([...(context.inheritedUdp?.rows ?? []), ...rows]);
  context.inheritedUdp = inherited;
  context.clock.setTimer(() => {
    if (context.inheritedUdp === inherited) context.inheritedUdp = undefined;
  }, context.settings.udp.idleTimeoutMs);
}
