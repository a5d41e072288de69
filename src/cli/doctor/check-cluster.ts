/**
 * Checks of what stands between svclane and the cluster: configuration, kubeconfig, API server, clock, rights.
 */

import type { AccessAnswer } from '../../source/kubernetes/access-review.ts';
import type { Failure, Finding } from './finding.ts';

/** A token or a certificate may not be valid yet, or no longer, from this difference on. */
const SKEW_WARN_MS = 10_000;
const SKEW_FAIL_MS = 300_000;
/** A Date header has whole seconds. */
const DATE_STEP_MS = 1_000;

/** The configuration: whether it is valid. `description` says which it is. */
export function checkConfig(fact: { readonly description: string } | Failure): Finding {
  if ('description' in fact)
    return { check: 'config', state: 'ok', message: `configuration: ${fact.description}`, next: '' };
  const [first = '', ...rest] = fact.message.split('\n').map((line) => line.trim());
  const message = rest.length > 0 ? `${first}: ${rest.join('; ')}` : first;
  return { check: 'config', state: 'fail', message, next: 'svclane config view' };
}

/** The kubeconfig and its context. */
export function checkContext(fact: { readonly description: string } | Failure): Finding {
  if ('description' in fact) return { check: 'context', state: 'ok', message: fact.description, next: '' };
  return { check: 'context', state: 'fail', message: fact.message, next: 'kubectl config get-contexts', api: true };
}

/** What the API server answered. */
export interface ServerFact {
  readonly version: string;
  readonly elapsedMs: number;
  /** How far its clock is ahead of ours; `undefined` = it does not say. */
  readonly skewMs: number | undefined;
}

/** The API server: whether it answers, and whether its clock is ours. */
export function checkServer(fact: ServerFact | Failure): readonly Finding[] {
  if (!('version' in fact)) {
    const next = fact.hint === '' ? 'kubectl version' : fact.hint;
    return [{ check: 'server', state: 'fail', message: fact.message, next, api: true }];
  }
  const message = `API server ${fact.version}, answered in ${fact.elapsedMs.toFixed(0)}ms`;
  return [{ check: 'server', state: 'ok', message, next: '' }, checkClock(fact.skewMs)];
}

function checkClock(skewMs: number | undefined): Finding {
  const check = 'clock';
  if (skewMs === undefined) return { check, state: 'skip', message: 'clock: the API server sends no time', next: '' };
  const skew = Math.abs(skewMs);
  if (skew <= SKEW_WARN_MS + DATE_STEP_MS)
    return { check, state: 'ok', message: 'clock: as that of the API server', next: '' };
  const message = `clock: the API server's is ${(skew / 1000).toFixed(0)}s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return { check, state: skew > SKEW_FAIL_MS ? 'fail' : 'warn', message, next: 'timedatectl status' };
}

/** The rights that following the cluster needs; one finding for those that are there, one for each that is not. */
export function checkRights(fact: readonly AccessAnswer[] | Failure): readonly Finding[] {
  const check = 'rights';
  if (!isList(fact)) return [{ check, state: 'fail', message: `rights: ${fact.message}`, next: fact.hint, api: true }];
  const allowed = fact.filter((answer) => answer.allowed);
  const verbs = [...new Set(allowed.map(({ verb }) => verb))].join('/');
  const resources = [...new Set(allowed.map(({ resource }) => resource))].join(', ');
  const scopes = [...new Set(allowed.map(({ namespace }) => namespace || 'all namespaces'))].join(', ');
  const missing = fact.filter((answer) => !answer.allowed);
  return [
    ...(allowed.length > 0
      ? [{ check, state: 'ok', message: `can ${verbs} ${resources} (${scopes})`, next: '' } as const]
      : []),
    ...missing.map((answer): Finding => {
      const where = answer.namespace === '' ? 'in all namespaces' : `in ${answer.namespace}`;
      const message = `cannot ${answer.verb} ${answer.resource} ${where}`;
      return { check, state: 'fail', message, next: 'kubectl apply -f config/rbac.yaml', api: true };
    }),
  ];
}

/** The rights of the transport through the API server, which only some need. */
export function checkPortForward(fact: readonly AccessAnswer[] | Failure): Finding {
  const check = 'portforward';
  if (!isList(fact)) return { check, state: 'skip', message: `pods/portforward: ${fact.message}`, next: fact.hint };
  const words = fact.map(({ verb, allowed }) => `${verb}=${allowed ? 'yes' : 'no'}`).join(' ');
  if (fact.every(({ allowed }) => allowed))
    return { check, state: 'ok', message: `pods/portforward: ${words}`, next: '' };
  const next = 'the transport through the API server needs both; where pods are routable it is not needed';
  return { check, state: 'warn', message: `pods/portforward: ${words}`, next };
}

function isList<T>(fact: readonly T[] | Failure): fact is readonly T[] {
  return Array.isArray(fact);
}
