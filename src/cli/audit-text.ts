/**
 * Drift in words: one line each.
 */

import type { Drift } from '../audit/drift.ts';
import type { DriftCause } from '../audit/drift-cause.ts';
import { formatAge, formatTable } from './print-table.ts';

/** A drift, and its cause where history knows it. */
export interface ExplainedDrift extends Drift {
  readonly cause: DriftCause | undefined;
}

/** The lines, and what they add up to. */
export function formatAudit(drifts: readonly ExplainedDrift[], equal: number, nowMs: number): string {
  const rows = drifts.map((drift) => ['DRIFT', drift.servicePort || '-', sentenceOf(drift, nowMs)]);
  const count = drifts.length === 0 ? 'no drift' : drifts.length === 1 ? '1 drift' : `${drifts.length} drifts`;
  return `${rows.length === 0 ? '' : formatTable([], rows)}${count}, ${equal} equal\n`;
}

/** What is wrong, where if not everywhere, and why. */
export function sentenceOf(drift: Drift & { readonly cause: DriftCause | undefined }, nowMs: number): string {
  const reason = reasonOf(drift, nowMs);
  return `${factOf(drift)}${placeOf(drift)}${reason === '' ? '' : `; ${reason}`}`;
}

function factOf({ kind, frontends, endpoint, found, wanted }: Drift): string {
  const at = frontends.join(', ');
  switch (kind) {
    case 'endpointStale':
      return `kube-proxy still maps ${endpoint}`;
    case 'endpointMissing':
      return `kube-proxy does not map ${endpoint}`;
    case 'frontendStale':
      return `kube-proxy still has ${at} (${found}), which is of no Service`;
    case 'frontendMissing':
      return `kube-proxy does not have ${at}`;
    case 'policy':
      return `kube-proxy ${POLICIES[found] ?? found} clients, should ${wanted}`;
    case 'affinity':
      return `kube-proxy has session affinity ${found}, should have ${wanted}`;
    case 'sourceRanges':
      return `kube-proxy lets in ${found}, should let in ${wanted}`;
    case 'unreadable':
      return `cannot be compared: ${found}`;
    case 'gap':
      return found;
  }
}

const POLICIES: Readonly<Record<string, string>> = {
  reject: 'rejects',
  drop: 'drops',
  none: 'has no rule for',
};

/** Which frontends and clients, where it is not all of the Service port. */
function placeOf({ kind, frontends, partly, clients }: Drift): string {
  const isSaid = kind === 'frontendStale' || kind === 'frontendMissing' || kind === 'gap';
  const at = partly && !isSaid ? ` at ${frontends.join(', ')}` : '';
  const who = clients.length > 0 && kind !== 'frontendMissing' ? ` for ${clients.map(clientName).join(' and ')}` : '';
  return `${at}${who}`;
}

function clientName(clientClass: string): string {
  return clientClass === 'external' ? 'clients outside' : clientClass === 'pod' ? 'pods' : 'the node itself';
}

/** The change that made it so; else the field that says so; else that nothing does. */
function reasonOf(drift: ExplainedDrift, nowMs: number): string {
  const { cause, exclusion, kind } = drift;
  if (cause) return `${changeOf(drift, cause)} at rev ${cause.generation} (${ageOf(cause, nowMs)} ago)`;
  if (exclusion) return `${exclusion.code}: ${exclusion.object} has ${exclusion.path}=${exclusion.value}`;
  return kind === 'endpointStale' ? 'no slice has it' : '';
}

function changeOf({ endpoint }: Drift, { kind, name, change, fields, ...cause }: DriftCause): string {
  const object = kind === 'EndpointSlice' ? `slice ${name}` : `${kind} ${name}`;
  const isEntry = endpoint !== '' && cause.endpoint !== '';
  if (change === 'removed') return isEntry ? `removed from ${object}` : `${object} removed`;
  if (change === 'added') return isEntry ? `added to ${object}` : `${object} added`;
  const changes = fields.map(({ path, before, after }) => `${path} ${before || '""'}->${after || '""'}`);
  return `${changes.join(', ')} in ${object}`;
}

function ageOf({ time }: DriftCause, nowMs: number): string {
  return formatAge((nowMs - Date.parse(time)) / 1000);
}
