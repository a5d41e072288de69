/**
 * The ports of a pod, or of the template of a workload's pods.
 */

import { isRecord } from '../../lib/is-record.ts';
import { fieldOf, itemsOf, textOf } from '../../source/kubernetes/json-value.ts';

/** One entry of `containers[].ports`. `name` "" = it has none. */
export interface ContainerPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: 'TCP' | 'UDP';
}

/**
 * The ports of a pod spec, in its order. Init containers count where they run on beside the others.
 *
 * Source: Pod `spec.containers[].ports`, `spec.initContainers[].restartPolicy` Always (KEP-753).
 */
export function containerPorts(podSpec: unknown): readonly ContainerPort[] {
  const sidecars = itemsOf(fieldOf(podSpec, 'initContainers')).filter(
    (container) => fieldOf(container, 'restartPolicy') === 'Always',
  );
  const containers = [...itemsOf(fieldOf(podSpec, 'containers')), ...sidecars];
  return containers.flatMap((container) => itemsOf(fieldOf(container, 'ports')).filter(isRecord).flatMap(portOf));
}

function portOf(entry: Readonly<Record<string, unknown>>): readonly ContainerPort[] {
  const { containerPort, protocol = 'TCP' } = entry;
  if (typeof containerPort !== 'number' || (protocol !== 'TCP' && protocol !== 'UDP')) return [];
  return [{ name: textOf(entry.name), number: containerPort, protocol }];
}
