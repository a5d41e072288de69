/**
 * Access review: what the user of a kubeconfig may do, asked of the API server beforehand.
 *
 * Source: authorization.k8s.io/v1 SelfSubjectAccessReview.
 */

import { answerFailure, statusAnswer } from './api-failure.ts';
import type { KubeAuth } from './auth.ts';
import { fieldOf, textOf } from './json-value.ts';

/** One right. `group`, `subresource` and `name` "" = none; `namespace` "" = all. */
export interface AccessAttributes {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly group?: string;
  readonly subresource?: string;
  readonly name?: string;
}

/** The answer for one right. `reason` "" = none was given. */
export interface AccessAnswer extends AccessAttributes {
  readonly allowed: boolean;
  readonly reason: string;
}

/** What of an API access a review needs. */
export type ReviewRequester = Pick<KubeAuth, 'request' | 'server'>;

const PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** Asks for each right, in parallel; answers in the same order. Throws what `request` throws, and for error answers. */
export function reviewAccess(
  auth: ReviewRequester,
  attributes: readonly AccessAttributes[],
): Promise<readonly AccessAnswer[]> {
  return Promise.all(attributes.map((wanted) => review(auth, wanted)));
}

/**
 * The rights that port-forward needs: `get`, by which a WebSocket begins, and `create`, which newer servers check too.
 *
 * Source: KEP-4006; feature gate AuthorizePodWebsocketUpgradeCreatePermission.
 */
export function checkPortForwardRights(auth: ReviewRequester, namespace: string): Promise<readonly AccessAnswer[]> {
  const attributes = ['get', 'create'].map((verb) => ({
    verb,
    namespace,
    resource: 'pods',
    subresource: 'portforward',
  }));
  return reviewAccess(auth, attributes);
}

async function review(auth: ReviewRequester, wanted: AccessAttributes): Promise<AccessAnswer> {
  const { status, body } = await auth.request(PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: wanted },
    }),
  });
  const answer: unknown = await body.json().catch(() => undefined);
  if (status >= 300) {
    const access = { server: auth.server, verb: 'create', resource: 'selfsubjectaccessreviews', namespace: '' };
    throw answerFailure(access, { ...statusAnswer(answer), status });
  }
  const result = fieldOf(answer, 'status');
  return { ...wanted, allowed: fieldOf(result, 'allowed') === true, reason: textOf(fieldOf(result, 'reason')) };
}
