/**
 * A cluster of any size in memory: Services with one port, and one slice of ten endpoints each.
 */

import { decodeObject } from '../../src/model/decode-object.ts';
import type { NodeContext, RoutingTable } from '../../src/model/route.ts';
import type { ApiObject } from '../../src/model/source.ts';
import { type ClusterState, createClusterState } from '../../src/routing/cluster-state.ts';
import { buildTable, emptyTable } from '../../src/routing/table.ts';

const ENDPOINTS = 10;

export const NODE: NodeContext = {
  nodeName: 'node-a',
  zone: '',
  nodeIPs: ['192.168.0.2', '127.0.0.1', '::1'],
  nodePortIPs: ['192.168.0.2'],
  podCIDRs: [],
  frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true },
  lanes: [],
};

/** A state that knows `services` Services, all dirty. */
export function clusterOf(services: number): ClusterState {
  const state = createClusterState({ serviceProxyName: '' });
  for (let index = 0; index < services; index++) {
    state.apply(serviceAt(index));
    state.apply(sliceAt(index, 0));
  }
  return state;
}

/** The table that follows `previous`. */
export function nextTable(state: ClusterState, previous: RoutingTable = emptyTable(NODE)): RoutingTable {
  return buildTable(previous, state.snapshot(), state.takeDirty().services, NODE);
}

export function clusterIP(index: number): string {
  return `10.96.${index >> 8}.${index & 255}`;
}

/** The slice of a Service; `change` decides the address of its first endpoint. */
export function sliceAt(index: number, change: number): ApiObject {
  return sliceOf(index, '1', (endpoint) => [endpoint === 0 ? 100 + change : endpoint, true]);
}

/** The slice of a Service as `sliceAt(index, 0)` has it, but after every odd `change` one endpoint is not ready, each time another. */
export function readinessAt(index: number, change: number, resourceVersion: string): ApiObject {
  return sliceOf(index, resourceVersion, (endpoint) => [
    endpoint === 0 ? 100 : endpoint,
    change % 2 === 0 || endpoint !== (change >> 1) % ENDPOINTS,
  ]);
}

function sliceOf(
  index: number,
  resourceVersion: string,
  stateOf: (endpoint: number) => readonly [part: number, ready: boolean],
): ApiObject {
  const [namespace, name, owner] = ['shop', `s${index}-a`, `s${index}`];
  return decoded({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, resourceVersion, labels: { 'kubernetes.io/service-name': owner } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: ENDPOINTS }, (_, endpoint) => {
      const [part, ready] = stateOf(endpoint);
      return {
        addresses: [`10.${part}.${index >> 8}.${index & 255}`],
        conditions: { ready, serving: ready, terminating: false },
        nodeName: `node-${endpoint % 3}`,
      };
    }),
  });
}

/** A Service with one port. */
export function serviceAt(index: number): ApiObject {
  return decoded({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: `s${index}`, creationTimestamp: '2024-01-02T00:00:00Z' },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIP(index),
      clusterIPs: [clusterIP(index)],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
    },
    status: {},
  });
}

function decoded(raw: Readonly<Record<string, unknown>>): ApiObject {
  const { object } = decodeObject(raw);
  if (!object) throw new Error(`cannot be decoded: ${JSON.stringify(raw)}`);
  return object;
}
