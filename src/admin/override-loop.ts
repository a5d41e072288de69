/**
 * Whether an override would send flows back to svclane, and there to the very override again: each flow would make the next.
 */

import { isOfPort } from '../balancing/timed-book.ts';
import { formatHostPort } from '../model/address.ts';
import type { Override } from '../model/override.ts';
import type { ServicePort } from '../model/route.ts';
import type { AdminView } from './view.ts';

/** Follows the addresses through listeners of svclane and the overrides of their Services. */
export function leadsBack(view: AdminView, override: Override): boolean {
  const owners = ownersOf(view);
  const seen = new Set<Override>();
  const queue = [override];
  for (const next of queue) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const servicePort of next.endpoints.flatMap(({ key }) => owners.get(key) ?? [])) {
      if (isOwn(override, servicePort)) return true;
      const further = view.interventions?.overrides.of(servicePort)?.value;
      if (further) queue.push(further);
    }
  }
  return false;
}

/** Who answers at an address of svclane: where it is bound, and what the kernel hands over. */
function ownersOf(view: AdminView): ReadonlyMap<string, readonly ServicePort[]> {
  const owners = new Map<string, ServicePort[]>();
  for (const { frontend, servicePort } of view.table().routes.values()) {
    const { bound } = view.listener(frontend) ?? {};
    for (const { address, port } of bound ? [frontend, ...reachedAt(bound)] : [frontend]) {
      const key = formatHostPort(address, port);
      owners.set(key, [...(owners.get(key) ?? []), servicePort]);
    }
  }
  return owners;
}

/** A socket at any address is reached on loopback too. */
function reachedAt(bound: { readonly address: string; readonly port: number }) {
  if (bound.address !== '0.0.0.0' && bound.address !== '::') return [bound];
  return ['127.0.0.1', '::1'].map((address) => ({ address, port: bound.port }));
}

function isOwn(override: Override, servicePort: ServicePort): boolean {
  const { namespace, service } = override;
  return servicePort.namespace === namespace && servicePort.service === service && isOfPort(override, servicePort);
}
