/**
 * The names of things for completion: from the running daemon, and from the kubeconfig. Quick, or nothing: a shell that
 * hangs is worse than one that does not know.
 */

import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { ENDPOINT_LIST, type EndpointRow } from '../../admin/endpoint-rows.ts';
import { FLOW_LIST } from '../../admin/flow-rows.ts';
import { SERVICE_LIST, type ServiceRow } from '../../admin/service-rows.ts';
import { parseDuration } from '../../lib/duration.ts';
import { connectToDaemon, readHeaders } from '../admin-client.ts';
import { daemonHost } from '../daemon-host.ts';
import type { Candidate, ValueQuestion } from './complete.ts';
import { findContexts } from './find-contexts.ts';

/** How long a shell waits for all of it, where `SVCLANE_COMPLETION_TIMEOUT` does not say. */
const BOUND_MS = 500;

/** The values that there are; none where nobody answers in time. Never rejects. */
export async function findValues(question: ValueQuestion): Promise<readonly Candidate[]> {
  try {
    if (question.kind === 'contexts') return findContexts(question.optionOf('--kubeconfig'), process.env);
    const host = daemonHost(question.optionOf('--host'), process.env);
    return distinct(await askAbout(question, (path, schema) => askQuickly(host, path, schema)));
  } catch {
    return [];
  }
}

/** Asks for one document; rejects where none comes. */
type Ask = <Schema extends TSchema>(path: string, schema: Schema) => Promise<Static<Schema>>;

async function askQuickly<Schema extends TSchema>(host: string, path: string, schema: Schema): Promise<Static<Schema>> {
  const client = connectToDaemon(host);
  try {
    const signal = AbortSignal.timeout(parseDuration(process.env.SVCLANE_COMPLETION_TIMEOUT ?? '') ?? BOUND_MS);
    const { body } = await client.request({ method: 'GET', path, headers: readHeaders(process.env), signal });
    return Value.Parse(schema, await body.json());
  } finally {
    await client.destroy();
  }
}

async function askAbout(question: ValueQuestion, ask: Ask): Promise<readonly Candidate[]> {
  const namespace = question.optionOf('--namespace');
  const query = new URLSearchParams(namespace === undefined ? {} : { namespace });
  switch (question.kind) {
    case 'namespaces':
      return namespacesOf((await ask('/v1/services', SERVICE_LIST)).items);
    case 'services':
    case 'targets':
      return servicesOf((await ask(`/v1/services?${query}`, SERVICE_LIST)).items, question);
    case 'nodes':
      return (await ask('/v1/endpoints', ENDPOINT_LIST)).items.map(({ node }) => ({ value: node, description: '' }));
    case 'endpoints':
      return endpointsOf((await ask(`/v1/endpoints?${query}`, ENDPOINT_LIST)).items, question.command);
    case 'flows':
      return flowsOf(await Promise.all(['/v1/connections', '/v1/udp'].map((path) => ask(path, FLOW_LIST))), question);
    case 'contexts':
      return [];
  }
}

function namespacesOf(rows: readonly ServiceRow[]): readonly Candidate[] {
  const groups = Map.groupBy(rows, ({ namespace }) => namespace);
  return [...groups].map(([value, { length }]) => ({
    value,
    description: `${length} ${length === 1 ? 'Service' : 'Services'}`,
  }));
}

/** `svc/web`; behind a colon the ports; without `svc/` the names alone. */
function servicesOf(rows: readonly ServiceRow[], question: ValueQuestion): readonly Candidate[] {
  const { partial, kind } = question;
  const prefix = 'svc/'.startsWith(partial.slice(0, 'svc/'.length)) ? 'svc/' : '';
  const end = kind === 'targets' ? '=' : '';
  const meant = ofNamespace(rows, question);
  if (!partial.includes(':')) {
    return meant.map((row) => ({ value: `${prefix}${row.name}${end}`, description: serviceText(row) }));
  }
  return meant.flatMap((row) =>
    row.ports.map((port) => ({ value: `${prefix}${row.name}:${portOf(port)}${end}`, description: port })),
  );
}

/** Those of the namespace "default" where the command means it, and it has any. */
function ofNamespace(
  rows: readonly ServiceRow[],
  { isDefaultNamespace, optionOf }: ValueQuestion,
): readonly ServiceRow[] {
  if (!isDefaultNamespace || optionOf('--namespace') !== undefined) return rows;
  const own = rows.filter(({ namespace }) => namespace === 'default');
  return own.length > 0 ? own : rows;
}

function serviceText({ namespace, type, routable, total, unrouted }: ServiceRow): string {
  return `${namespace} ${type} ${unrouted === '' ? `${routable}/${total} routable` : unrouted}`;
}

/** The name, else the number, of `http:80/TCP` and `80:30080/TCP`. */
function portOf(text: string): string {
  return text.split(/[:/]/)[0] ?? '';
}

/** By address, and by pod. Restored is what was left out. */
function endpointsOf(rows: readonly EndpointRow[], command: string): readonly Candidate[] {
  const meant = command === 'restore' ? rows.filter(({ excluded }) => excluded !== '') : rows;
  return meant.flatMap(({ namespace, service, endpoint, pod, excluded }) => {
    const description = [`${namespace}/${service}`, excluded].filter((text) => text !== '').join(' ');
    return [endpoint, pod].filter((value) => value !== '').map((value) => ({ value, description }));
  });
}

function flowsOf(lists: readonly Static<typeof FLOW_LIST>[], { operands }: ValueQuestion): readonly Candidate[] {
  const rows = lists.flatMap(({ items }) => items).filter(({ id }) => !operands.includes(id));
  return rows.map(({ id, client, namespace, service, endpoint }) => ({
    value: id,
    description: `${client} -> ${namespace}/${service} ${endpoint}`.trimEnd(),
  }));
}

function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) if (!first.has(candidate.value)) first.set(candidate.value, candidate);
  return [...first.values()];
}
