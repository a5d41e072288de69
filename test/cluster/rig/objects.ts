/**
 * Services and EndpointSlices for tests, spelt out as far as they matter.
 */

import type { ApiObject } from './api-client.ts';
import type { NodePlace } from './network.ts';

export interface PortSpec {
  readonly name?: string;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly nodePort?: number;
}

export interface ServiceSpec {
  readonly namespace?: string;
  readonly name: string;
  /** Absent: the API server chooses. */
  readonly clusterIP?: string;
  readonly ports: readonly PortSpec[];
  /** Anything else of `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface EndpointSpec {
  readonly address: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly nodeName?: string;
}

export interface SliceSpec {
  readonly namespace?: string;
  /** The name of the Service. */
  readonly name: string;
  readonly ports: readonly PortSpec[];
  readonly endpoints: readonly EndpointSpec[];
  readonly addressType?: 'IPv4' | 'IPv6';
}

/** A Service without selector: its endpoints are those of {@link endpointSlice}. */
export function service({ namespace = 'default', name, clusterIP, ports, spec = {} }: ServiceSpec): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: {
      ...(clusterIP === undefined ? {} : { clusterIP }),
      ports: ports.map(({ protocol = 'TCP', ...rest }) => ({ protocol, ...rest })),
      ...spec,
    },
  };
}

/** The one slice of a Service in a family; `ports` are those of the endpoints. */
export function endpointSlice({
  namespace = 'default',
  name,
  ports,
  endpoints,
  addressType = 'IPv4',
}: SliceSpec): ApiObject {
  const labels = { 'kubernetes.io/service-name': name };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-${addressType.toLowerCase()}`, labels },
    addressType,
    ports: ports.map(({ name: portName = '', protocol = 'TCP', port }) => ({ name: portName, protocol, port })),
    endpoints: endpoints.map(({ address, nodeName, ready = true, serving = ready, terminating = false }) => ({
      addresses: [address],
      conditions: { ready, serving, terminating },
      ...(nodeName === undefined ? {} : { nodeName }),
    })),
  };
}

/** What the network has of a node, for its Node: the zone, and the ranges of its pods, which nobody else assigns. */
export function nodeObject({ name, zone, podRanges }: NodePlace): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } },
    spec: { podCIDR: podRanges[0], podCIDRs: podRanges },
  };
}
