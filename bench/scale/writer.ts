/**
 * The writer: fills the API server and changes slices, from within the control plane's namespace.
 *
 * usage: node writer.ts KUBECONFIG
 */

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { canaryService, canarySlice, changedEndpoints, NAMESPACE, serviceAt, sliceAt } from './objects.ts';
import { serve } from './remote.ts';

const CONNECTIONS = 24;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;

export type WriterOperations = {
  /** Makes the namespace and the canary, a Service whose endpoints are `addresses`. */
  prepare(parameters: { readonly addresses: readonly string[] }): Promise<true>;
  /** Writes Services and slices with indices from `from` to below `to`. */
  fill(parameters: { readonly from: number; readonly to: number }): Promise<true>;
  /** Sets the canary's endpoints; gives when the request was sent, ms since the epoch. */
  point(parameters: { readonly addresses: readonly string[] }): Promise<number>;
  /** Changes random slices of the first `services` at a rate, until `calm`; its answer is how many were changed. */
  churn(parameters: { readonly perSecond: number; readonly services: number }): true;
  calm(parameters: object): Promise<number>;
};

const { server, token, ca } = readAccess(process.argv[2] ?? '');
const pool = new Pool(server, { connections: CONNECTIONS, connect: { ca } });
let churning: { readonly stop: AbortController; readonly changed: Promise<number> } | undefined;

const operations: WriterOperations = {
  async prepare({ addresses }) {
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await create(SERVICES, canaryService());
    await create(SLICES, canarySlice(addresses));
    return true;
  },
  async fill({ from, to }) {
    let next = from;
    const work = async (): Promise<void> => {
      for (let index = next++; index < to; index = next++) {
        await create(SERVICES, serviceAt(index));
        await create(SLICES, sliceAt(index));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return true;
  },
  async point({ addresses }) {
    const sentAtMs = performance.timeOrigin + performance.now();
    await patch('canary', canarySlice(addresses).endpoints);
    return sentAtMs;
  },
  churn({ perSecond, services }) {
    const stop = new AbortController();
    churning = { stop, changed: keepChanging(perSecond, services, stop.signal) };
    return true;
  },
  async calm() {
    churning?.stop.abort();
    return (await churning?.changed) ?? 0;
  },
};
serve(operations);

async function keepChanging(perSecond: number, services: number, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const pending = new Set<Promise<void>>();
  let changed = 0;
  while (!signal.aborted) {
    for (; changed < ((performance.now() - startedMs) / 1000) * perSecond; changed++) {
      const index = (changed * 7919) % services;
      const request = patch(`s${index}`, changedEndpoints(index, changed)).finally(() => pending.delete(request));
      pending.add(request);
    }
    await delay(2);
  }
  await Promise.all(pending);
  return changed;
}

async function create(path: string, body: object): Promise<void> {
  await send('POST', path, body, 'application/json');
}

async function patch(slice: string, endpoints: unknown): Promise<void> {
  await send('PATCH', `${SLICES}/${slice}`, { endpoints }, 'application/merge-patch+json');
}

async function send(method: 'POST' | 'PATCH', path: string, body: object, contentType: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
  const { statusCode, body: answer } = await pool.request({ method, path, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
}

/** From a kubeconfig as the rig writes it: JSON, with one of each. */
function readAccess(path: string): { readonly server: string; readonly token: string; readonly ca: string } {
  const { clusters, users } = JSON.parse(readFileSync(path, 'utf8'));
  const { server, 'certificate-authority': caFile } = clusters[0].cluster;
  return { server, token: users[0].user.token, ca: readFileSync(caFile, 'utf8') };
}
