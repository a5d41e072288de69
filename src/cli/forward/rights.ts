/**
 * The rights that a forward needs, and how to ask for them.
 */

import { SvclaneError } from '../../errors.ts';
import { checkPortForwardRights, type ReviewRequester } from '../../source/kubernetes/access-review.ts';
import { pathOf } from './find-targets.ts';
import type { PlannedTarget } from './forward-watches.ts';
import type { ForwardWatch } from './service-watches.ts';
import type { Target, TargetKind } from './target-notation.ts';

/** Verbs on one resource. `namespace` "" = in all of them. */
export interface NeededRight {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly namespace: string;
}

/** What the pods of a namespace may be forwarded by. */
export interface PortForwardRights {
  readonly namespace: string;
  readonly get: boolean;
  readonly create: boolean;
}

const GROUPS: Readonly<Record<string, string>> = {
  endpointslices: 'discovery.k8s.io',
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
};

/** What rights are needed for. `guessed`: targets that could not be looked at yet. */
export interface RightsQuestion {
  readonly planned: readonly PlannedTarget[];
  readonly guessed: readonly Target[];
  readonly watches: readonly ForwardWatch[];
  readonly namespace: string;
}

/** Every right that the targets need, each once, sorted by namespace and resource. */
export function neededRights({ planned, guessed, watches, namespace }: RightsQuestion): readonly NeededRight[] {
  const verbs = new Map<string, Set<string>>();
  const need = (where: string, resource: string, wanted: readonly string[]): void => {
    const key = `${where} ${resource}`;
    verbs.set(key, new Set([...(verbs.get(key) ?? []), ...wanted]));
  };
  for (const { found } of planned) need(found.namespace, pathOf(found.target.kind).resource, ['get']);
  for (const target of guessed) needForTarget(target.kind, target.namespace ?? namespace, need);
  for (const { target } of watches) need(target.namespace, target.resource, ['list', 'watch']);
  const namespaces = new Set([...verbs.keys()].map((key) => key.split(' ')[0] ?? ''));
  for (const where of namespaces) need(where, 'pods/portforward', ['get', 'create']);
  return [...verbs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, set]) => {
      const [where = '', resource = ''] = key.split(' ');
      return { group: GROUPS[resource] ?? '', resource, verbs: [...set], namespace: where };
    });
}

function needForTarget(
  kind: TargetKind,
  namespace: string,
  need: (namespace: string, resource: string, verbs: readonly string[]) => void,
): void {
  if (kind === 'svc') {
    need(namespace, 'services', ['get', 'list', 'watch']);
    need(namespace, 'endpointslices', ['list', 'watch']);
  } else {
    need(namespace, pathOf(kind).resource, ['get']);
    need(namespace, 'pods', ['list', 'watch']);
  }
}

/** What an administrator applies to grant them: a Role for each namespace, a ClusterRole for all of them. */
export function rbacSnippet(rights: readonly NeededRight[]): string {
  const roles = [...Map.groupBy(rights, ({ namespace }) => namespace)].map(([namespace, list]) => {
    const head = namespace === '' ? 'kind: ClusterRole' : 'kind: Role';
    const metadata = namespace === '' ? '{name: svclane-forward}' : `{name: svclane-forward, namespace: ${namespace}}`;
    const rules = list.map(({ group, resource, verbs }) => {
      return `- {apiGroups: ["${group}"], resources: [${resource}], verbs: [${verbs.join(', ')}]}\n`;
    });
    return `apiVersion: rbac.authorization.k8s.io/v1\n${head}\nmetadata: ${metadata}\nrules:\n${rules.join('')}`;
  });
  return roles.join('---\n');
}

/** Asks for both rights in each namespace. Throws what `request` throws. */
export function reviewPortForward(
  auth: ReviewRequester,
  namespaces: readonly string[],
): Promise<readonly PortForwardRights[]> {
  return Promise.all(
    namespaces.map(async (namespace) => {
      const answers = await checkPortForwardRights(auth, namespace);
      const isAllowed = (verb: string): boolean => answers.some((answer) => answer.verb === verb && answer.allowed);
      return { namespace, get: isAllowed('get'), create: isAllowed('create') };
    }),
  );
}

/** Warns of what may be missed. Throws `SVL_API_FORBIDDEN` where nothing would get through. */
export function judgeRights(rights: readonly PortForwardRights[]): void {
  const missing = missingRights(rights);
  if (missing.some(({ fatal }) => fatal)) throw forbidden(missing.map(({ text }) => text));
  for (const { text } of missing) {
    process.stderr.write(`warning: ${text}: API servers from 1.35 on may check create as well\n`);
  }
}

/** A line for each namespace where a right is missing; `fatal` = nothing will get through. */
function missingRights(
  rights: readonly PortForwardRights[],
): readonly { readonly fatal: boolean; readonly text: string }[] {
  return rights.flatMap(({ namespace, get, create }) => {
    if (get && create) return [];
    const where = namespace === '' ? 'in all namespaces' : `in namespace ${namespace}`;
    return [{ fatal: !get, text: `pods/portforward ${where}: get=${yesNo(get)} create=${yesNo(create)}` }];
  });
}

/** The error for rights without which nothing gets through. */
function forbidden(texts: readonly string[]): SvclaneError {
  return new SvclaneError('SVL_API_FORBIDDEN', `not allowed to forward: ${texts.join('; ')}`, {
    hint: 'ask for what follows, or reach pods directly (--transport direct) where their network can be reached',
  });
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
