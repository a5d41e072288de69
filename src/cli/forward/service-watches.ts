/**
 * Watches of Services that are named, and of their slices.
 */

import { type DecodedObject, decodeObject } from '../../model/decode-object.ts';
import type { ApiObject } from '../../model/source.ts';
import type { Decode } from '../../source/kubernetes/known-objects.ts';
import { type ResourceTarget, resourceTarget } from '../../source/kubernetes/resources.ts';
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

/** One that brings the objects of these Services, and of no others that are wanted. */
export interface NamedWatch extends ForwardWatch {
  readonly names: readonly string[];
}

/** More Services of one namespace than this are one watch of the namespace. */
const MAX_SINGLE = 4;

/** The watches of some Services of one namespace, and of their slices. */
export function serviceWatches(namespace: string, names: readonly string[]): NamedWatch[] {
  const isWanted = ({ name }: ApiObject): boolean => names.includes(name);
  const services =
    names.length > MAX_SINGLE
      ? [{ ...watchOf('Service', 'services', namespace, {}, isWanted), names }]
      : names.map((name) => {
          const selector = { fieldSelector: `metadata.name=${name}` };
          return { ...watchOf('Service', 'services', namespace, selector, isWanted), names: [name] };
        });
  const owner = 'kubernetes.io/service-name';
  const labelSelector = names.length === 1 ? `${owner}=${names[0]}` : `${owner} in (${names.join(',')})`;
  const slices = watchOf('EndpointSlice', 'endpointslices', namespace, { labelSelector }, () => true);
  return [...services, { ...slices, names }];
}

/** One watch of the objects of a kind in a namespace, "" = in all, that are wanted. */
export function watchOf(
  kind: 'Service' | 'EndpointSlice',
  resource: 'services' | 'endpointslices',
  namespace: string,
  selector: ResourceTarget['selector'],
  isWanted: (object: ApiObject) => boolean,
): ForwardWatch {
  return {
    target: resourceTarget(kind, resource, namespace, selector),
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
