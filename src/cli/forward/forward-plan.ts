/**
 * The plan of a forward: what was asked for, found in the cluster, with a local port for each lane.
 */

import { SvclaneError } from '../../errors.ts';
import { formatHostPort } from '../../model/address.ts';
import { decodeService } from '../../model/decode-service.ts';
import { type Service, serviceKey } from '../../model/service.ts';
import { printError } from '../report-error.ts';
import type { BoundLane } from './bound-lane.ts';
import { ChosenServices } from './chosen-services.ts';
import { listObjects, type ObjectRequester } from './cluster-objects.ts';
import type { EarlyLists } from './early-lists.ts';
import { findTarget, pathOf, serviceTarget } from './find-targets.ts';
import type { ForwardRequest } from './forward-options.ts';
import type { PlannedTarget, WatchedScope } from './forward-watches.ts';
import type { FileLane } from './lanes-file.ts';
import { findLocalPort } from './local-ports.ts';
import { type LanePlan, planLanes } from './plan-lanes.ts';

/** What is forwarded. */
export interface ForwardPlan {
  readonly planned: readonly PlannedTarget[];
  readonly lanes: readonly BoundLane[];
  /** What is watched beside the targets, for names; `undefined` = nothing. */
  readonly scope: WatchedScope | undefined;
  /** The Services that have lanes because they were chosen; `undefined` = only what was named has. */
  readonly chosen: ChosenServices | undefined;
}

/** Finds targets, and local ports. Throws `SVL_NOT_FOUND`, `SVL_LISTEN`, and what the API server refuses. */
export async function planForward(
  auth: ObjectRequester,
  early: EarlyLists,
  request: ForwardRequest,
  namespace: string,
): Promise<ForwardPlan> {
  const planned = mergeTargets(await findAll(auth, early, request, namespace));
  const lanes = await bindLanes(planned, request);
  const chosen = request.selection && !request.hasHosts ? new ChosenServices() : undefined;
  return { planned, lanes, scope: scopeOf(request, namespace, chosen), chosen };
}

/** Names need everything of their namespace; lanes and own addresses all that was chosen. */
function scopeOf(
  { hasNames, selection, allNamespaces }: ForwardRequest,
  namespace: string,
  services: ChosenServices | undefined,
): WatchedScope | undefined {
  const namespaces = allNamespaces ? [] : [namespace];
  const labelSelector = selection?.labelSelector ?? '';
  const chosen = services && { labelSelector, services };
  if (hasNames) return { namespaces, labelSelector: '', chosen };
  return selection && { namespaces, labelSelector, chosen };
}

async function findAll(
  auth: ObjectRequester,
  early: EarlyLists,
  request: ForwardRequest,
  namespace: string,
): Promise<readonly PlannedTarget[]> {
  const fromFile = request.lanesFile === undefined ? [] : await lanesOf(request.lanesFile);
  const wanted = [...request.targets.map((target) => ({ target, address: '' })), ...fromFile];
  const results = await Promise.allSettled(
    wanted.map(async ({ target, address }) => {
      const found = await findTarget(auth, early, target, namespace);
      const lanes = planLanes(found, request.hasHosts && found.pods === undefined).map((lane) => {
        return address === '' ? lane : { ...lane, addresses: [address] };
      });
      return { found, lanes };
    }),
  );
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  // One that is wrong is no reason not to tell of the others.
  for (const error of errors.slice(0, -1)) printError(error);
  if (errors.length > 0) throw errors.at(-1);
  const named = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return request.selection && !request.hasHosts ? [...named, ...(await selected(auth, request, namespace))] : named;
}

/** The Services of the scope that there are. */
async function selected(
  auth: ObjectRequester,
  { selection, allNamespaces }: ForwardRequest,
  namespace: string,
): Promise<readonly PlannedTarget[]> {
  const where = allNamespaces ? '' : namespace;
  const objects = await listObjects(auth, pathOf('svc'), where, selection?.labelSelector ?? '');
  const services = objects.map((object) => decodeService(object).object).filter((service) => service !== undefined);
  const targets = services.map(chosenTarget).filter((target) => target !== undefined);
  if (targets.length > 0) return targets;
  const text = selection?.labelSelector ? ` with ${selection.labelSelector}` : '';
  throw new SvclaneError('SVL_NOT_FOUND', `no Service${text} ${where === '' ? 'anywhere' : `in namespace ${where}`}`, {
    hint: 'choose another namespace (-n), or all (-A)',
  });
}

/**
 * A Service that was chosen, not named; `undefined` = it has nothing to forward. Each port gets any free local port: their own
 * numbers would be in each other's way.
 */
export function chosenTarget(service: Service): PlannedTarget | undefined {
  const { type, ports, namespace, name } = service;
  if (type === 'ExternalName' || !ports.some(({ protocol }) => protocol === 'TCP')) return undefined;
  const found = serviceTarget(service, { kind: 'svc', namespace, name, ports: [] });
  const lanes = planLanes(found, false).map((lane) => ({ ...lane, local: 0 }));
  return { found, lanes, isChosen: true };
}

/** Most have no file, and are not kept waiting for what reads it. */
async function lanesOf(file: string): Promise<readonly FileLane[]> {
  const { readLanesFile } = await import('./lanes-file.ts');
  return readLanesFile(file);
}

/** Several mentions of one object are one target. */
function mergeTargets(targets: readonly PlannedTarget[]): readonly PlannedTarget[] {
  const byKey = Map.groupBy(targets, ({ found }) => serviceKey(found.namespace, found.service));
  return [...byKey.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [{ ...first, lanes: [first, ...others].flatMap(({ lanes }) => lanes) }];
  });
}

async function bindLanes(planned: readonly PlannedTarget[], request: ForwardRequest): Promise<readonly BoundLane[]> {
  const taken = new Set<string>();
  const lanes: BoundLane[] = [];
  for (const { lanes: plans } of planned) {
    for (const plan of plans) lanes.push(await bindLane(plan, request, taken));
  }
  return lanes;
}

/** Finds the local port of a lane. `taken` are those that others have. Throws `SVL_LISTEN`. */
export async function bindLane(plan: LanePlan, request: ForwardRequest, taken: Set<string>): Promise<BoundLane> {
  const addresses = plan.addresses.length > 0 ? { needed: plan.addresses, optional: [] } : request.addresses;
  const { tellsAll } = request;
  // UDP has ports of its own: whether one is free shows when it is opened.
  if (plan.protocol === 'UDP' && plan.local !== 0)
    return { plan, addresses: addresses.needed, localPort: plan.local, tellsAll };
  const name = `${plan.label}:${plan.portText}`;
  const { port, addresses: bound } = await findLocalPort(addresses, plan.local, name, taken);
  for (const address of bound) taken.add(formatHostPort(address, port));
  return { plan, addresses: bound, localPort: port, tellsAll };
}
