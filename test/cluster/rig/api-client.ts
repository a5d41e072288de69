/**
 * A small client of the run's API server, for tests: whole objects in, whole objects out.
 */

import type { Agent } from './agent-client.ts';
import type { HttpResponse } from './agent-operations.ts';

/** An API object as far as every kind has it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface ApiClient {
  /** Makes `object` so, by server-side apply: fields that were applied before and are absent now go away. */
  apply(object: ApiObject): Promise<ApiObject>;
  /** Sets `status` alone. */
  applyStatus(object: ApiObject): Promise<ApiObject>;
  /** Deletes; one that is not there is fine. */
  delete(object: ApiObject): Promise<void>;
  /** A raw request below the server's address. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<HttpResponse>;
}

export interface ApiAccess {
  readonly server: string;
  readonly token: string;
  readonly ca: string;
}

/** The plural of each kind that tests use, which only the server's discovery could tell otherwise. */
const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Node: 'nodes',
  Service: 'services',
  ServiceAccount: 'serviceaccounts',
  EndpointSlice: 'endpointslices',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

const APPLY = 'application/apply-patch+yaml';

/** Makes a client that speaks through an agent, so from within the agent's namespace. */
export function createApiClient(agent: Agent, { server, token, ca }: ApiAccess): ApiClient {
  const request: ApiClient['request'] = (method, path, body, contentType = 'application/json') =>
    agent.request({
      url: `${server}${path}`,
      method,
      ca,
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const apply = async (object: ApiObject, subresource: string): Promise<ApiObject> => {
    const path = `${pathOf(object)}${subresource}?fieldManager=rig&force=true`;
    return objectOf(await request('PATCH', path, object, APPLY));
  };
  return {
    request,
    apply: (object) => apply(object, ''),
    applyStatus: (object) => apply(object, '/status'),
    async delete(object) {
      const response = await request('DELETE', pathOf(object));
      if (response.status !== 404) objectOf(response);
    },
  };
}

function pathOf({ apiVersion, kind, metadata: { namespace, name } }: ApiObject): string {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`the plural of ${kind} is not known here`);
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}/${name}`;
}

function objectOf({ status, body }: HttpResponse): ApiObject {
  if (status >= 300) throw new Error(`API server: ${status} ${body}`);
  return JSON.parse(body);
}
