/**
 * Watches of Services that are named, and of their slices.
 */

import { type DecodedObject, decodeObject } from '../../model/decode-object.ts';
import type { ApiObject } from '../../model/source.ts';
import type { Decode } from '../../source/kubernetes/known-objects.ts';
import type { ResourceTarget } from '../../source/kubernetes/resources.ts';
import type { ChosenServices } from './chosen-services.ts';

/** One watch. `nameOf`: what an object that is gone is called in the routing table. */
export interface ForwardWatch {
  readonly target: ResourceTarget;
  readonly decode: Decode;
  readonly nameOf: (name: string) => string;
  /** Hears which Services there are. */
  readonly chosen?: ChosenServices;
  /** Another watch has the same objects: what this one says is for `chosen` alone. */
  readonly isBeside?: boolean;
}

/** More Services of one namespace than this are one watch of the namespace. */
const MAX_SINGLE = 4;

/** The watches of some Services of one namespace, and of their slices. */
export function serviceWatches(namespace: string, names: readonly string[]): ForwardWatch[] {
  const isWanted = ({ name }: ApiObject): boolean => names.includes(name);
  const services =
    names.length > MAX_SINGLE
      ? [watchOf('Service', 'services', namespace, {}, isWanted)]
      : names.map((name) =>
          watchOf('Service', 'services', namespace, { fieldSelector: `metadata.name=${name}` }, isWanted),
        );
  const owner = 'kubernetes.io/service-name';
  const labelSelector = names.length === 1 ? `${owner}=${names[0]}` : `${owner} in (${names.join(',')})`;
  return [...services, watchOf('EndpointSlice', 'endpointslices', namespace, { labelSelector }, () => true)];
}

/** One watch of the objects of a kind in a namespace, "" = in all, that are wanted. */
export function watchOf(
  kind: 'Service' | 'EndpointSlice',
  resource: 'services' | 'endpointslices',
  namespace: string,
  selector: ResourceTarget['selector'],
  isWanted: (object: ApiObject) => boolean,
): ForwardWatch {
  const group = kind === 'Service' ? '/api/v1' : '/apis/discovery.k8s.io/v1';
  return {
    target: { kind, resource, namespace, path: `${group}${scopePath(namespace)}/${resource}`, selector },
    decode: (raw) => adopted(decodeObject(raw, kind), isWanted),
    nameOf: (name) => name,
  };
}

/**
 * On a laptop nobody else proxies, and names of headless Services are wanted: labels that leave an object to other proxies
 * are passed over.
 */
function adopted({ object, rejection }: DecodedObject, isWanted: (object: ApiObject) => boolean): DecodedObject {
  const kept = object !== undefined && isWanted(object) ? object : undefined;
  const plain =
    kept === undefined || kept.kind === 'Node' ? kept : { ...kept, serviceProxyName: undefined, headlessLabel: false };
  return { ...(plain && { object: plain }), ...(rejection && { rejection }) };
}

/** What of a path says which namespace; "" = all of them. */
export function scopePath(namespace: string): string {
  return namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}
