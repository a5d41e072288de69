/**
 * Pods as EndpointSlices, one slice for each pod, and the Service that they belong to: so a workload is routed, explained and
 * balanced as Services are. A port name may mean another number in each pod.
 */

import { isRecord } from '../../lib/is-record.ts';
import { familyOf, parseAddress } from '../../model/address.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../../model/endpoint-slice.ts';
import type { Service } from '../../model/service.ts';
import { fieldOf, itemsOf, textOf } from '../../source/kubernetes/json-value.ts';
import type { FoundTarget } from './find-targets.ts';
import type { LanePlan } from './plan-lanes.ts';
import { containerPorts } from './workload-ports.ts';

/** The Service that stands for a workload. It has the ports that are forwarded, and no address of its own. */
export function workloadService({ namespace, service }: FoundTarget, lanes: readonly LanePlan[]): Service {
  const ports = new Map(lanes.map((lane) => [`${lane.portText}/${lane.protocol}`, lane]));
  return {
    kind: 'Service',
    namespace,
    name: service,
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
    type: 'ClusterIP',
    serviceProxyName: undefined,
    headlessLabel: false,
    headless: true,
    externalName: '',
    ipFamilies: ['IPv4', 'IPv6'],
    clusterIPs: {},
    ports: [...ports.values()].map(({ portText, remote, protocol }, index) => ({
      index,
      name: portText,
      protocol,
      port: remote,
      nodePort: 0,
      targetPort: portText,
    })),
    externalIPs: [],
    loadBalancerIngress: [],
    loadBalancerSourceRanges: [],
    sessionAffinity: 'None',
    sessionAffinityTimeoutSeconds: 0,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    healthCheckNodePort: 0,
    annotations: {},
    problems: [],
  };
}

/** The name of the slice of a pod: no object of the API can have it. */
export function podSliceName(service: string, pod: string): string {
  return `${service}/${pod}`;
}

/**
 * The slice of a pod. Its conditions are those that the EndpointSlice controller would give it; a pod that was named
 * itself need not be ready, as with kubectl. `undefined` = it is no pod.
 *
 * Source: Pod `status.podIP`, `status.conditions`, `metadata.deletionTimestamp`; EndpointSlice `endpoints[].conditions`.
 */
export function podSlice(pod: unknown, found: FoundTarget, lanes: readonly LanePlan[]): EndpointSlice | undefined {
  const metadata = fieldOf(pod, 'metadata');
  const name = textOf(fieldOf(metadata, 'name'));
  if (name === '') return undefined;
  const status = fieldOf(pod, 'status');
  const address = parseAddress(textOf(fieldOf(status, 'podIP')));
  const isOver = ['Succeeded', 'Failed'].includes(textOf(fieldOf(status, 'phase')));
  return {
    kind: 'EndpointSlice',
    namespace: found.namespace,
    name: podSliceName(found.service, name),
    resourceVersion: textOf(fieldOf(metadata, 'resourceVersion')),
    serviceName: found.service,
    serviceProxyName: undefined,
    headlessLabel: false,
    addressType: address === undefined ? 'IPv4' : familyOf(address),
    ports: slicePorts(fieldOf(pod, 'spec'), lanes),
    endpoints: address === undefined || isOver ? [] : [endpointOf(pod, name, address, found.target.kind === 'po')],
    triggerTimeMs: undefined,
    problems: [],
  };
}

function slicePorts(spec: unknown, lanes: readonly LanePlan[]): readonly SlicePort[] {
  const known = containerPorts(spec);
  return lanes.map(({ port, portText, protocol }, index) => {
    const named = known.find((entry) => entry.name === portText && entry.protocol === protocol);
    return { index, name: portText, protocol, port: typeof port === 'number' ? port : named?.number };
  });
}

function endpointOf(pod: unknown, name: string, address: string, isNamed: boolean): SliceEndpoint {
  const status = fieldOf(pod, 'status');
  const conditions = itemsOf(fieldOf(status, 'conditions')).filter(isRecord);
  const isReady = conditions.some(({ type, status: state }) => type === 'Ready' && state === 'True');
  const serving = isNamed ? textOf(fieldOf(status, 'phase')) === 'Running' : isReady;
  const terminating = textOf(fieldOf(fieldOf(pod, 'metadata'), 'deletionTimestamp')) !== '';
  return {
    index: 0,
    address,
    ready: serving && !terminating,
    serving,
    terminating,
    nodeName: textOf(fieldOf(fieldOf(pod, 'spec'), 'nodeName')),
    zone: '',
    hintZones: [],
    hintNodes: [],
    podName: name,
    hostname: textOf(fieldOf(fieldOf(pod, 'spec'), 'hostname')),
  };
}
