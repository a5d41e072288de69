/**
 * The transport that a configuration asks for.
 */

import type { Config } from '../config/config.ts';
import { systemClock } from '../lib/clock.ts';
import type { ApiAccess } from '../model/api-access.ts';
import type { Transport } from '../model/transport.ts';
import { type AutoTransport, createAutoTransport, type TransportChoice } from '../transport/choose-transport.ts';
import { createDirectTransport } from '../transport/direct.ts';
import { createLateTransport } from './late-transport.ts';

/** A transport and what ends it. `auto` is what chooses, where that is to be done yet. */
export interface ChosenTransport {
  readonly transport: Transport;
  readonly auto: AutoTransport | undefined;
  /** Loads what the first dial would else wait for. */
  load(): Promise<void>;
  /** Ends the connections that go through the API server. */
  close(): void;
}

/**
 * Makes the transport; nothing is dialled yet. Without a cluster (`access` `undefined`) there is no API server to go
 * through. `chosen` hears what `auto` has chosen, and why.
 */
export function createTransportFor(
  type: Config['transport'],
  access: ApiAccess | undefined,
  chosen: (choice: TransportChoice) => void,
): ChosenTransport {
  const direct = createDirectTransport();
  const nothing = { load: () => Promise.resolve(), close: () => {} };
  if (type === 'direct' || access === undefined) return { transport: direct, auto: undefined, ...nothing };
  // It brings the WebSocket library, which nobody else needs at the start.
  const apiserver = createLateTransport('apiserver', async () => {
    const { createApiserverTransport } = await import('../transport/apiserver/apiserver-transport.ts');
    return createApiserverTransport({ access });
  });
  const ends = { load: () => apiserver.load(), close: () => apiserver.close() };
  if (type === 'apiserver') return { transport: besideCluster(apiserver, direct), auto: undefined, ...ends };
  const auto = createAutoTransport({ direct, apiserver, clock: systemClock, chosen });
  return { transport: besideCluster(auto, direct), auto, ...ends };
}

/** What is in no namespace is no pod: an override's target, on this machine or near it. The way to pods does not lead there. */
function besideCluster(inner: Transport, direct: Transport): Transport {
  return {
    get name() {
      return inner.name;
    },
    dialTcp: (endpoint, handlers) => (endpoint.namespace === '' ? direct : inner).dialTcp(endpoint, handlers),
  };
}
