/**
 * Exchange of what workers know of UDP clients.
 */

import type { WorkerListenerSet } from '../listener-set.ts';
import type { HelperLink } from './helper-link.ts';

/**
 * The number of sockets at these addresses changes, and the kernel deals UDP clients out anew: everybody is told which
 * endpoints the clients of the others have.
 */
export function exchangeUdp(
  main: WorkerListenerSet,
  links: readonly HelperLink[],
  frontendKeys: ReadonlySet<string>,
): void {
  const flows = main.counts.udpFlows + links.reduce((sum, link) => sum + link.flows.udp, 0);
  if (frontendKeys.size === 0 || flows === 0) return;
  const ofMain = main.udpRows(frontendKeys);
  const ofLinks = new Map(links.map((link) => [link, [...link.flows.udpRows(frontendKeys)]]));
  main.expectUdp([...ofLinks.values()].flat());
  for (const link of links) {
    const rows = [...ofLinks].flatMap(([other, own]) => (other === link ? [] : own));
    link.post({ type: 'expect', rows: [...ofMain, ...rows] });
  }
}
