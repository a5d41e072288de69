/**
 * Asks the API server what `doctor` wants to know of it.
 */

import type { SvclaneError } from '../../errors.ts';
import { isRecord } from '../../lib/is-record.ts';
import type { AccessAnswer, AccessAttributes } from '../../source/kubernetes/access-review.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import type { ServerFact } from './check-cluster.ts';

/** Its version and its clock. Throws what `request` throws. */
export async function askServer(auth: KubeAuth): Promise<ServerFact> {
  const startedMs = Date.now();
  const { status, headers, body } = await auth.request('/version');
  const elapsedMs = Date.now() - startedMs;
  const answer: unknown = await body.json().catch(() => undefined);
  // Who may not see the version may have all the rights that are needed.
  if (status >= 400 && status !== 403) throw await failureOfStatus(auth, status);
  const version = isRecord(answer) && typeof answer.gitVersion === 'string' ? answer.gitVersion : 'of unknown version';
  const date = Date.parse(String(headers.date ?? ''));
  // The answer was written somewhere between.
  const skewMs = Number.isNaN(date) ? undefined : date + 500 - (startedMs + elapsedMs / 2);
  return { version, elapsedMs, skewMs };
}

async function failureOfStatus({ server }: KubeAuth, status: number): Promise<SvclaneError> {
  const { answerFailure } = await import('../../source/kubernetes/api-failure.ts');
  return answerFailure({ server, verb: 'get', resource: '/version', namespace: '' }, { status, message: '' });
}

/** The rights that following these namespaces, and the own Node, needs. */
export function neededRights(namespaces: readonly string[], nodeName: string): readonly AccessAttributes[] {
  const scopes = namespaces.length === 0 ? [''] : namespaces;
  const watched = scopes.flatMap((namespace) => [
    ...VERBS.map((verb) => ({ verb, resource: 'services', namespace })),
    ...VERBS.map((verb) => ({ verb, resource: 'endpointslices', group: 'discovery.k8s.io', namespace })),
  ]);
  const node = VERBS.map((verb) => ({ verb, resource: 'nodes', namespace: '' }));
  return nodeName === '' ? watched : [...watched, ...node];
}

const VERBS = ['list', 'watch'] as const;

/** Asks for rights. Throws as `reviewAccess` does. */
export async function askRights(auth: KubeAuth, wanted: readonly AccessAttributes[]): Promise<readonly AccessAnswer[]> {
  const { reviewAccess } = await import('../../source/kubernetes/access-review.ts');
  return reviewAccess(auth, wanted);
}
