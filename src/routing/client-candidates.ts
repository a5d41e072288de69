/**
 * Candidates that leave the cluster as it is: another client, on another node, from another address, to another port.
 */

import type { Candidate, CandidateKind } from './candidate.ts';
import type { Decision, DecisionQuery } from './decision.ts';
import { onOtherNode, type Scene } from './scene.ts';

/** The kinds that change the question, not the cluster. */
export const CLIENT_CANDIDATES: readonly ((scene: Scene, decision: Decision) => CandidateKind)[] = [
  otherNodes,
  otherSources,
  otherPorts,
  otherFamilies,
];

/** The nodes that have an endpoint, where only those of the own node count. */
function otherNodes(scene: Scene, { trace = [], route }: Decision): CandidateKind {
  const subjects = new Set(
    trace.flatMap(({ out }) => out.filter(({ code }) => code === 'EP_NOT_LOCAL').map(({ subject }) => subject)),
  );
  const endpoints = route?.servicePort.endpoints.filter(({ key }) => subjects.has(key)) ?? [];
  const names = [...new Set(endpoints.map(({ nodeName }) => nodeName))].filter((name) => name !== '').sort();
  return { candidates: names.map((name) => ({ ...client('node', name), scene: onOtherNode(scene, name) })) };
}

/** Source: Service `spec.loadBalancerSourceRanges`. */
function otherSources(scene: Scene, { reason, route }: Decision): CandidateKind {
  if (reason !== 'SOURCE_DENIED') return { candidates: [] };
  const ranges = route?.servicePort.sourceRanges ?? [];
  const candidates = ranges.map(({ text }): Candidate => {
    const [sourceAddress = ''] = text.split('/');
    return { ...client('source', text), scene: asking(scene, { ...scene.query, sourceAddress }) };
  });
  return { candidates };
}

function otherPorts(scene: Scene, { reason }: Decision): CandidateKind {
  if (reason !== 'PORT_UNKNOWN') return { candidates: [] };
  const { query } = scene;
  const candidates = scene.service.ports.map(({ name, port, protocol }): Candidate => {
    const asked = 'service' in query ? { ...query, port, protocol } : { ...query, destinationPort: port, protocol };
    const value = `${name || port}/${protocol.toLowerCase()}`;
    return { ...client('port', value), scene: asking(scene, asked) };
  });
  return { candidates, many: true };
}

function otherFamilies(scene: Scene, { route }: Decision): CandidateKind {
  const { query } = scene;
  if (!('service' in query)) return { candidates: [] };
  const others = scene.service.ipFamilies.filter((family) => family !== (route?.servicePort.family ?? query.family));
  return {
    candidates: others.map((family) => ({ ...client('family', family), scene: asking(scene, { ...query, family }) })),
  };
}

function client(path: string, value: string): Pick<Candidate, 'object' | 'path' | 'value'> {
  return { object: 'Client', path, value };
}

function asking(scene: Scene, query: DecisionQuery): Scene {
  return { ...scene, query };
}
