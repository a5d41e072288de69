/**
 * The Services of a scenario, as API objects.
 */

import type { FakeObject } from '../../fixtures/fake-api-store.ts';

export interface EndpointWish {
  readonly address: string;
  readonly port: number;
  /** It is terminating: still served where nobody else is ready. */
  readonly terminating?: boolean;
}

/** A Service with one port, 80, at its cluster IP. */
export interface ServiceWish {
  readonly name: string;
  readonly ip: string;
  readonly protocol?: 'TCP' | 'UDP';
  readonly affinity?: boolean;
  readonly endpoints: readonly EndpointWish[];
}

const NAMESPACE = 'shop';
const SERVICE_PORT = 80;

/** The Service, and a slice for each port that its endpoints have. */
export function objectsOf(wish: ServiceWish): readonly FakeObject[] {
  const ports = [...new Set(wish.endpoints.map(({ port }) => port))];
  return [serviceOf(wish), ...ports.map((port) => sliceOf(wish, port))];
}

function serviceOf({ name, ip, protocol = 'TCP', affinity = false }: ServiceWish): FakeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name },
    spec: {
      clusterIP: ip,
      clusterIPs: [ip],
      ports: [{ name: 'main', protocol, port: SERVICE_PORT }],
      ...(affinity && { sessionAffinity: 'ClientIP' }),
    },
  };
}

function sliceOf({ name, protocol = 'TCP', endpoints }: ServiceWish, port: number): FakeObject {
  const own = endpoints.filter((endpoint) => endpoint.port === port);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: NAMESPACE, name: `${name}-${port}`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'main', protocol, port }],
    endpoints: own.map(({ address, terminating = false }) => ({
      addresses: [address],
      conditions: { ready: !terminating, serving: true, terminating },
    })),
  };
}
