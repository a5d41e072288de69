/**
 * Candidates: single changes that might give a client an endpoint, by what the trace has left out. Whether they do is for
 * `decide` to say.
 *
 * Hints are not among them: they filter all or nothing, and never leave a client without an endpoint.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { SliceEndpoint, SlicePort } from '../model/endpoint-slice.ts';
import type { Service } from '../model/service.ts';
import type { Candidate, CandidateKind } from './candidate.ts';
import { CLIENT_CANDIDATES } from './client-candidates.ts';
import type { Exclusion, ExclusionCode } from './codes.ts';
import type { Decision } from './decision.ts';
import type { Scene } from './scene.ts';

type CandidatesOf = (scene: Scene, decision: Decision) => CandidateKind;

/** Every kind, in the order in which remedies are told. */
export const CANDIDATES: readonly CandidatesOf[] = [
  proxyLabels,
  rivals,
  slicePorts,
  readiness,
  policies,
  placement,
  sourceRanges,
  ...CLIENT_CANDIDATES,
];

function proxyLabels(scene: Scene, { reason }: Decision): CandidateKind {
  const ours = scene.serviceProxyName === '' ? undefined : scene.serviceProxyName;
  if (reason === 'SVC_OTHER_PROXY') {
    const path = 'metadata.labels["service.kubernetes.io/service-proxy-name"]';
    return { candidates: [serviceChange(scene, path, ours, { serviceProxyName: ours })] };
  }
  if (reason !== 'SVC_HEADLESS' || !scene.service.headlessLabel) return { candidates: [] };
  const path = 'metadata.labels["service.kubernetes.io/headless"]';
  return { candidates: [serviceChange(scene, path, undefined, { headlessLabel: false })] };
}

/** The Service that has the address instead. */
function rivals(scene: Scene, decision: Decision): CandidateKind {
  const owners = excluded(decision, 'FRONTEND_CONFLICT').map(({ value }) => String(JSON.parse(value)));
  const candidates = owners.map((owner) => {
    return { object: `Service ${owner}`, path: '', value: undefined, scene: { ...scene, absent: [owner] } };
  });
  return { candidates };
}

function policies(scene: Scene): CandidateKind {
  const { internalTrafficPolicy, externalTrafficPolicy } = scene.service;
  const candidates: Candidate[] = [];
  if (internalTrafficPolicy === 'Local') {
    const change = { internalTrafficPolicy: 'Cluster' } as const;
    candidates.push(serviceChange(scene, 'spec.internalTrafficPolicy', 'Cluster', change));
  }
  if (externalTrafficPolicy === 'Local') {
    const change = { externalTrafficPolicy: 'Cluster' } as const;
    candidates.push(serviceChange(scene, 'spec.externalTrafficPolicy', 'Cluster', change));
  }
  return { candidates };
}

/** Endpoints that would serve if they were ready, or if they still served; those on this node first. */
function readiness(scene: Scene, decision: Decision): CandidateKind {
  const asleep = endpointsOut(decision, 'EP_NOT_READY').map((endpoint) =>
    endpointChange(scene, endpoint, 'conditions.ready', true, { ready: true, serving: true }),
  );
  const ending = endpointsOut(decision, 'EP_NOT_SERVING').map((endpoint) =>
    endpointChange(scene, endpoint, 'conditions.serving', true, { serving: true }),
  );
  return { candidates: [...asleep, ...ending] };
}

/** A pod on this node, where only such a one counts. */
function placement(scene: Scene, decision: Decision): CandidateKind {
  const { nodeName } = scene.node;
  if (nodeName === '') return { candidates: [] };
  const candidates = endpointsOut(decision, 'EP_NOT_LOCAL').map((endpoint) =>
    endpointChange(scene, endpoint, 'nodeName', nodeName, { nodeName }),
  );
  return { candidates };
}

/** The port of a slice, as the Service port wants it. */
function slicePorts(scene: Scene, decision: Decision): CandidateKind {
  const target = decision.route?.servicePort;
  if (!target) return { candidates: [] };
  const numeric = Number(portSpec(scene, target.portName)?.targetPort);
  const candidates = [
    ...excluded(decision, 'SLICE_PORT_NAME').map((out) => portChange(scene, out, 'name', target.portName)),
    ...excluded(decision, 'SLICE_PROTOCOL').map((out) => portChange(scene, out, 'protocol', target.protocol)),
    ...excluded(decision, 'SLICE_PORT_NIL').map((out) => {
      if (/\.name$/.test(out.path)) return portChange(scene, out, 'name', target.portName);
      return Number.isInteger(numeric) ? portChange(scene, out, 'port', numeric) : undefined;
    }),
  ];
  return { candidates: candidates.filter((candidate) => candidate !== undefined) };
}

/** Source: Service `spec.loadBalancerSourceRanges`: without any every client may come. */
function sourceRanges(scene: Scene, { reason }: Decision): CandidateKind {
  if (reason !== 'SOURCE_DENIED') return { candidates: [] };
  const change = { loadBalancerSourceRanges: [] };
  return { candidates: [serviceChange(scene, 'spec.loadBalancerSourceRanges', undefined, change)] };
}

function serviceChange(scene: Scene, path: string, value: unknown, change: Partial<Service>): Candidate {
  const service = { ...scene.service, ...change };
  return { object: `Service ${scene.service.name}`, path, value, scene: { ...scene, service } };
}

function endpointChange(
  scene: Scene,
  { sliceName, sliceIndex, podName }: Endpoint,
  field: string,
  value: unknown,
  change: Partial<SliceEndpoint>,
): Candidate {
  const slices = scene.slices.map((slice) => {
    if (slice.name !== sliceName) return slice;
    const endpoints = slice.endpoints.map((entry) => (entry.index === sliceIndex ? { ...entry, ...change } : entry));
    return { ...slice, endpoints };
  });
  const path = `endpoints[${sliceIndex}].${field}`;
  return { object: `EndpointSlice ${sliceName}`, path, value, pod: podName, scene: { ...scene, slices } };
}

function portChange<Field extends 'name' | 'protocol' | 'port'>(
  scene: Scene,
  { subject, path, object }: Exclusion,
  field: Field,
  value: SlicePort[Field],
): Candidate | undefined {
  const index = Number(/^ports\[(\d+)\]/.exec(path)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) return undefined;
  const slices = scene.slices.map((slice) => {
    if (slice.name !== subject) return slice;
    return { ...slice, ports: slice.ports.map((port) => (port.index === index ? { ...port, [field]: value } : port)) };
  });
  return { object, path: `ports[${index}].${field}`, value, scene: { ...scene, slices } };
}

function portSpec({ service }: Scene, portName: string): Service['ports'][number] | undefined {
  return service.ports.find(({ name }) => name === portName);
}

function excluded({ trace = [] }: Decision, code: ExclusionCode): readonly Exclusion[] {
  return trace.flatMap(({ out }) => out.filter((exclusion) => exclusion.code === code));
}

function endpointsOut(decision: Decision, code: ExclusionCode): readonly Endpoint[] {
  const subjects = new Set(excluded(decision, code).map(({ subject }) => subject));
  const found = decision.route?.servicePort.endpoints.filter(({ key }) => subjects.has(key)) ?? [];
  return found.toSorted((a, b) => Number(b.isLocal) - Number(a.isLocal));
}
