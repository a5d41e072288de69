/**
 * Single objects and short lists of a cluster, as the plan of a forward needs them.
 */

import { answerFailure, statusAnswer } from '../../source/kubernetes/api-failure.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { fieldOf, itemsOf, textOf } from '../../source/kubernetes/json-value.ts';
import { scopePath } from '../../source/kubernetes/resources.ts';

/** Where the objects of a resource are: `/api/v1` and `services`. */
export interface ResourcePath {
  readonly group: string;
  readonly resource: string;
}

/** What is asked of the API server. */
export type ObjectRequester = Pick<KubeAuth, 'request' | 'server'>;

/** One object; `undefined` = there is none of that name. Throws what `request` throws, and for error answers. */
export async function getObject(
  auth: ObjectRequester,
  where: ResourcePath,
  namespace: string,
  name: string,
): Promise<unknown> {
  const path = `${where.group}${scopePath(namespace)}/${where.resource}/${encodeURIComponent(name)}`;
  const { status, body } = await readJson(auth, path, {});
  if (status === 404) return undefined;
  if (status >= 300) throw failure(auth, 'get', where, namespace, status, body);
  return body;
}

/** All objects of a namespace, "" = of all, that a selector chooses. Throws as `getObject`. */
export async function listObjects(
  auth: ObjectRequester,
  where: ResourcePath,
  namespace: string,
  labelSelector: string,
): Promise<readonly unknown[]> {
  const query = labelSelector === '' ? {} : { labelSelector };
  const { status, body } = await readJson(auth, `${where.group}${scopePath(namespace)}/${where.resource}`, query);
  if (status >= 300) throw failure(auth, 'list', where, namespace, status, body);
  return itemsOf(fieldOf(body, 'items'));
}

/** The names of all objects of a namespace; empty where they cannot be listed. For messages. */
export async function namesOf(
  auth: ObjectRequester,
  where: ResourcePath,
  namespace: string,
): Promise<readonly string[]> {
  const objects = await listObjects(auth, where, namespace, '').catch(() => []);
  return objects.map((object) => textOf(fieldOf(fieldOf(object, 'metadata'), 'name')));
}

async function readJson(
  auth: ObjectRequester,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await auth.request(path, { query });
  return { status: response.status, body: await response.body.json().catch(() => undefined) };
}

function failure(
  { server }: ObjectRequester,
  verb: string,
  { resource }: ResourcePath,
  namespace: string,
  status: number,
  body: unknown,
): Error {
  return answerFailure({ server, verb, resource, namespace }, { ...statusAnswer(body), status });
}
