/**
 * The Picker: session affinity first, then the algorithm of the ServicePort.
 *
 * What is kept, per ServicePort.key, from its first pick to its end: two rotations (one for each set of endpoints that
 * a traffic policy can put in force), the open flows of its endpoints, and the clients that session affinity remembers.
 */

import type { Clock } from '../lib/clock.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort } from '../model/route.ts';
import type { Algorithm } from '../model/service.ts';
import { LeastConnections } from './least-connections.ts';
import type { Pick, Picker, ServicePortChange } from './picker.ts';
import { pickRandom } from './random.ts';
import { Rotation } from './round-robin.ts';
import { SessionAffinity } from './session-affinity.ts';

/** What a Picker is made from. */
export interface PickerOptions {
  readonly clock: Clock;
  /** Gives numbers from 0 to below 1. */
  readonly random: () => number;
  /** The algorithm in force for a ServicePort; asked for each pick. */
  readonly algorithmOf: (servicePort: ServicePort) => Algorithm;
  /** How many clients session affinity remembers over all ServicePorts; the least recently used makes room. */
  readonly maxAffinityEntries: number;
}

/** What is kept for one ServicePort. `gone`: it left the table, and is forgotten with its last flow. */
interface PortState {
  readonly cluster: Rotation;
  readonly local: Rotation;
  readonly flows: LeastConnections;
  gone: boolean;
}

/**
 * Makes a Picker.
 *
 * Source: Service.spec.sessionAffinity and sessionAffinityConfig.clientIP.timeoutSeconds: an idle time-out that each new
 * flow of the client refreshes, kept for each ServicePort; the remembered endpoint counts only while it is in the set
 * that the traffic policy puts in force for this flow.
 */
export function createPicker({ clock, random, algorithmOf, maxAffinityEntries }: PickerOptions): Picker {
  const affinity = new SessionAffinity(maxAffinityEntries);
  const ports = new Map<string, PortState>();

  return {
    pick(servicePort, eligible, clientAddress, tried) {
      const state = stateOf(servicePort.key);
      const rotation = eligible === servicePort.localEndpoints ? state.local : state.cluster;
      rotation.follow(eligible);
      if (servicePort.sessionAffinity === 'None') return choose(servicePort, state, rotation, tried);
      const picked = recall(servicePort, rotation, clientAddress, tried) ?? choose(servicePort, state, rotation, tried);
      if (picked) remember(servicePort, clientAddress, picked.endpoint);
      return picked;
    },

    flowOpened(servicePortKey, endpointKey) {
      stateOf(servicePortKey).flows.opened(endpointKey);
    },

    flowEnded(servicePortKey, endpointKey) {
      const state = ports.get(servicePortKey);
      state?.flows.ended(endpointKey);
      if (state?.gone && state.flows.open === 0) ports.delete(servicePortKey);
    },

    sync(changes) {
      for (const change of changes) {
        if (change.after) follow(change, change.after);
        else if (change.before) forget(change.before.key);
      }
    },

    affinity: () => affinity.rows(clock.monotonic()),

    inheritAffinity(rows, servicePortOf) {
      for (const { servicePort: key, client, endpoint, idleMs } of rows) {
        const servicePort = servicePortOf(key);
        if (servicePort === undefined || servicePort.sessionAffinity === 'None') continue;
        if (!servicePort.endpoints.some((one) => one.key === endpoint)) continue;
        affinity.remember(key, client, endpoint, timeoutMsOf(servicePort), clock.monotonic() - idleMs);
      }
    },
  };

  function stateOf(key: string): PortState {
    const known = ports.get(key);
    if (known) return known;
    const state = {
      cluster: new Rotation(random),
      local: new Rotation(random),
      flows: new LeastConnections(),
      gone: false,
    };
    ports.set(key, state);
    return state;
  }

  function recall(
    servicePort: ServicePort,
    rotation: Rotation,
    client: string,
    tried: ReadonlySet<string> | undefined,
  ): Pick | undefined {
    const key = affinity.recall(servicePort.key, client, timeoutMsOf(servicePort), clock.monotonic());
    if (key === undefined || tried?.has(key)) return undefined;
    const endpoint = rotation.find(key);
    return endpoint && { endpoint, why: 'affinity' };
  }

  function remember(servicePort: ServicePort, client: string, endpoint: Endpoint): void {
    affinity.remember(servicePort.key, client, endpoint.key, timeoutMsOf(servicePort), clock.monotonic());
  }

  function choose(
    servicePort: ServicePort,
    state: PortState,
    rotation: Rotation,
    tried: ReadonlySet<string> | undefined,
  ): Pick | undefined {
    const algorithm = algorithmOf(servicePort);
    const endpoint = chooseBy(algorithm, state, rotation, tried);
    return endpoint && { endpoint, why: rotation.order.length === 1 ? 'only' : algorithm };
  }

  function chooseBy(
    algorithm: Algorithm,
    { flows }: PortState,
    rotation: Rotation,
    tried: ReadonlySet<string> | undefined,
  ): Endpoint | undefined {
    if (algorithm === 'leastconn') return flows.take(rotation, tried, clock.monotonic());
    if (algorithm === 'random') return pickRandom(rotation.order, tried, random);
    return rotation.take(tried);
  }

  function follow({ before }: ServicePortChange, after: ServicePort): void {
    if (after.sessionAffinity === 'None') affinity.clear(after.key);
    const state = ports.get(after.key);
    if (!state) return;
    state.gone = false;
    const keys = new Set(after.endpoints.map((endpoint) => endpoint.key));
    state.flows.retain(keys);
    for (const { key } of before?.endpoints ?? []) if (!keys.has(key)) affinity.dropEndpoint(after.key, key);
  }

  function forget(key: string): void {
    affinity.clear(key);
    const state = ports.get(key);
    if (!state) return;
    state.gone = true;
    state.flows.retain(new Set());
    if (state.flows.open === 0) ports.delete(key);
  }
}

function timeoutMsOf(servicePort: ServicePort): number {
  return servicePort.sessionAffinityTimeoutSeconds * 1000;
}
