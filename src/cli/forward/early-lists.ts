/**
 * Lists that the plan of a forward and its watches share: the Services that are named, and their slices, are asked for once,
 * before there is a daemon to hear of them.
 *
 *   LIST ──▶ plan, pods to try ──▶ daemon: first table ──▶ WATCH from the version of the list
 */

import { systemClock } from '../../lib/clock.ts';
import { deepEqual } from '../../lib/deep-equal.ts';
import { fieldOf, textOf } from '../../source/kubernetes/json-value.ts';
import { type CompleteList, listPages } from '../../source/kubernetes/paged-list.ts';
import type { ResourceTarget } from '../../source/kubernetes/resources.ts';
import { VERSION } from '../version.ts';
import type { ObjectRequester } from './cluster-objects.ts';
import type { ForwardRequest } from './forward-options.ts';
import { type NamedWatch, serviceWatches } from './service-watches.ts';

interface EarlyList extends Pick<NamedWatch, 'target' | 'names'> {
  readonly list: Promise<CompleteList>;
}

/** What was asked for. */
export class EarlyLists {
  readonly #lists: readonly EarlyList[];

  /**
   * Asks for the Services that are named on the command line; `namespace` is that of the ones that name none. A forward that
   * watches whole namespaces asks for nothing here.
   */
  constructor(auth: ObjectRequester, request: EarlyRequest, namespace: string) {
    const { targets, hasNames, selection } = request;
    const named = hasNames || selection ? [] : targets.filter(({ kind }) => kind === 'svc');
    const byNamespace = Map.groupBy(named, (target) => target.namespace ?? namespace);
    const watches = [...byNamespace].flatMap(([where, services]) =>
      serviceWatches(where, [...new Set(services.map(({ name }) => name))]),
    );
    // Slices first: the way to their pods takes time to try.
    this.#lists = watches.toReversed().map(({ target, names }) => {
      const list = listAll(auth, target);
      // Who asks for it hears of it; a watch then asks anew.
      list.catch(() => {});
      return { target, names, list };
    });
  }

  /** The list of a watch; `undefined` = it was not asked for, or could not be had. */
  async of(watched: ResourceTarget): Promise<CompleteList | undefined> {
    const same = this.#lists.find(({ target }) => deepEqual(target, watched));
    return await same?.list.catch(() => undefined);
  }

  /** Objects that belong to a Service of that name; `undefined` = they were not asked for. Rejects as `listPages`. */
  objects(kind: 'Service' | 'EndpointSlice', namespace: string, name: string): Promise<readonly unknown[]> | undefined {
    const asked = this.#lists.find(
      ({ target, names }) => target.kind === kind && target.namespace === namespace && names.includes(name),
    );
    return asked?.list.then(({ items }) => items.filter((item) => serviceOf(kind, item) === name));
  }
}

type EarlyRequest = Pick<ForwardRequest, 'targets' | 'hasNames' | 'selection'>;

async function listAll(api: ObjectRequester, target: ResourceTarget): Promise<CompleteList> {
  const items: unknown[] = [];
  const { signal } = new AbortController();
  const read = { api, clock: systemClock, target, userAgent: `svclane/${VERSION}`, signal };
  const version = await listPages(read, (item) => items.push(item));
  return { items, version };
}

function serviceOf(kind: 'Service' | 'EndpointSlice', object: unknown): string {
  const metadata = fieldOf(object, 'metadata');
  if (kind === 'Service') return textOf(fieldOf(metadata, 'name'));
  return textOf(fieldOf(fieldOf(metadata, 'labels'), 'kubernetes.io/service-name'));
}
