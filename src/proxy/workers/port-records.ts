/**
 * Port records: ServicePorts as plain data, of which copying costs little.
 *
 * Of an endpoint the data path needs where it is and whether it serves. Each ServicePort object is sent once, whatever number of
 * frontends leads to it, so that a helper has one object as main has: rotations follow identity.
 */

import { formatHostPort } from '../../model/address.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { ServicePort } from '../../model/route.ts';

/** Address, port, 1 = serving, of each endpoint in turn. */
type EndpointFacts = readonly (string | number)[];

/** One ServicePort. */
export interface PortRecord {
  /** Unique in a process: that of the object. */
  readonly id: number;
  readonly facts: Omit<ServicePort, 'endpoints' | 'clusterEndpoints' | 'localEndpoints'>;
  readonly endpoints: EndpointFacts;
  /** Places in `endpoints`. */
  readonly cluster: readonly number[] | undefined;
  readonly local: readonly number[] | undefined;
}

const FACTS_EACH = 3;

/** The records of one process. */
export class PortRecords {
  readonly #records = new WeakMap<ServicePort, PortRecord>();
  #lastId = 0;

  /** Made once for each object. */
  of(servicePort: ServicePort): PortRecord {
    const known = this.#records.get(servicePort);
    if (known !== undefined) return known;
    this.#lastId += 1;
    const record = encode(this.#lastId, servicePort);
    this.#records.set(servicePort, record);
    return record;
  }
}

function encode(id: number, servicePort: ServicePort): PortRecord {
  const { endpoints, clusterEndpoints, localEndpoints, ...facts } = servicePort;
  const places = new Map(endpoints.map((endpoint, index) => [endpoint.key, index]));
  const placesOf = (set: readonly Endpoint[] | undefined): readonly number[] | undefined =>
    set?.flatMap(({ key }) => places.get(key) ?? []);
  return {
    id,
    facts,
    endpoints: endpoints.flatMap(({ address, port, serving }) => [address, port, serving ? 1 : 0]),
    cluster: placesOf(clusterEndpoints),
    local: placesOf(localEndpoints),
  };
}

/** The ServicePort that a record describes, as far as the data path needs it. */
export function decodePort({ facts, endpoints: rows, cluster, local }: PortRecord): ServicePort {
  const endpoints: Endpoint[] = [];
  for (let at = 0; at < rows.length; at += FACTS_EACH) {
    endpoints.push(endpointOf(String(rows[at]), Number(rows[at + 1]), rows[at + 2] === 1));
  }
  const setOf = (places: readonly number[] | undefined): readonly Endpoint[] | undefined =>
    places?.flatMap((place) => endpoints[place] ?? []);
  return { ...facts, endpoints, clusterEndpoints: setOf(cluster), localEndpoints: setOf(local) };
}

function endpointOf(address: string, port: number, serving: boolean): Endpoint {
  return {
    key: formatHostPort(address, port),
    address,
    port,
    serving,
    ready: serving,
    terminating: false,
    isLocal: false,
    nodeName: '',
    zone: '',
    namespace: '',
    podName: '',
    hintZones: [],
    hintNodes: [],
    sliceName: '',
    sliceIndex: 0,
  };
}
