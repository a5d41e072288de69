/**
 * From targets that were found to lanes: which port of the table is wanted at which local port.
 */

import { SvclaneError } from '../../errors.ts';
import type { FoundTarget, KnownPort } from './find-targets.ts';
import type { PortText } from './target-notation.ts';

/** One lane, before local ports are allotted. `local` 0 = any free one. */
export interface LanePlan {
  readonly namespace: string;
  /** As in the routing table. */
  readonly service: string;
  /** For people: `shop/web`, `shop/deploy/web`. */
  readonly label: string;
  /** As in the table: a name or a number. */
  readonly port: string | number;
  /** As it was typed, for people. */
  readonly portText: string;
  /** The name of the port in the table; "" = it has none. */
  readonly portName: string;
  /** The number of the remote port. */
  readonly remote: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly local: number;
  /** The local addresses that this lane names itself; empty = those of the command. */
  readonly addresses: readonly string[];
}

/**
 * The lanes of a target, in the order of its ports. Throws `SVL_NOT_FOUND` with the ports there are. `hasHost`: the target has
 * an address of its own with all its ports; a lane beside is made where a local port was typed.
 */
export function planLanes(found: FoundTarget, hasHost: boolean): readonly LanePlan[] {
  const { target } = found;
  if (target.ports.length > 0) {
    const lanes = target.ports.map((text) => planLane(found, text));
    return lanes.filter((_, index) => !hasHost || target.ports[index]?.local !== undefined);
  }
  if (hasHost) return [];
  // UDP has to be asked for: through the API server it would be in the way of all the others.
  const known = found.ports.filter(({ protocol }) => protocol === 'TCP');
  if (known.length === 0) throw noPorts(found);
  return known.map(({ name, number, protocol }) =>
    planLane(found, { local: undefined, remote: name || String(number), protocol }),
  );
}

function planLane(found: FoundTarget, text: PortText): LanePlan {
  const { namespace, service, label } = found;
  const known = portOf(found, text);
  const number = /^\d+$/.test(text.remote);
  const portName = found.pods === undefined ? known.name : text.remote;
  return {
    namespace,
    service,
    label,
    port: number ? Number(text.remote) : text.remote,
    portText: text.remote,
    portName,
    remote: known.number,
    protocol: known.protocol,
    local: text.local ?? known.number,
    addresses: [],
  };
}

/** A pod may listen at ports that it does not name; a Service has the ports that it has. */
function portOf(found: FoundTarget, { remote, protocol }: PortText): KnownPort {
  const isNumber = /^\d+$/.test(remote);
  const matching = found.ports.filter(({ name, number }) => (isNumber ? number === Number(remote) : name === remote));
  const known =
    protocol === undefined
      ? (matching.find((port) => port.protocol === 'TCP') ?? matching[0])
      : matching.find((port) => port.protocol === protocol);
  if (known) return known;
  if (found.pods !== undefined && isNumber) return { name: '', number: Number(remote), protocol: protocol ?? 'TCP' };
  throw missingPort(found, `${remote}${protocol === 'UDP' ? '/udp' : ''}`);
}

function missingPort({ label, ports }: FoundTarget, wanted: string): SvclaneError {
  const names = ports.map(({ name, number, protocol }) => {
    const suffix = protocol === 'UDP' ? '/udp' : '';
    return name === '' ? `${number}${suffix}` : `${name} (${number}${suffix})`;
  });
  const hint = names.length === 0 ? 'it names no ports' : `its ports: ${names.join(', ')}`;
  return new SvclaneError('SVL_NOT_FOUND', `${label} has no port ${wanted}`, { hint });
}

function noPorts({ label }: FoundTarget): SvclaneError {
  return new SvclaneError('SVL_NOT_FOUND', `${label} names no TCP port`, {
    hint: 'say which one behind it: 8080, or 8080:80',
  });
}
