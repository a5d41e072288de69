/**
 * The transport that a configuration asks for.
 */

import type { Config } from '../config/config.ts';
import { systemClock } from '../lib/clock.ts';
import type { ApiAccess } from '../model/api-access.ts';
import type { Transport } from '../model/transport.ts';
import { type AutoTransport, createAutoTransport, type TransportChoice } from '../transport/choose-transport.ts';
import { createDirectTransport } from '../transport/direct.ts';

/** A transport and what ends it. `auto` is what chooses, where that is to be done yet. */
export interface ChosenTransport {
  readonly transport: Transport;
  readonly auto: AutoTransport | undefined;
  /** Ends the connections that go through the API server. */
  close(): void;
}

/**
 * Makes the transport; nothing is dialled yet. Without a cluster (`access` `undefined`) there is no API server to go
 * through. `chosen` hears what `auto` has chosen, and why.
 */
export async function createTransportFor(
  type: Config['transport'],
  access: ApiAccess | undefined,
  chosen: (choice: TransportChoice) => void,
): Promise<ChosenTransport> {
  const direct = createDirectTransport();
  if (type === 'direct' || access === undefined) return { transport: direct, auto: undefined, close: () => {} };
  // It brings the WebSocket library, which nobody else needs at the start.
  const { createApiserverTransport } = await import('../transport/apiserver/apiserver-transport.ts');
  const apiserver = createApiserverTransport({ access });
  const close = (): void => apiserver.close();
  if (type === 'apiserver') return { transport: besideCluster(apiserver, direct), auto: undefined, close };
  const auto = createAutoTransport({ direct, apiserver, clock: systemClock, chosen });
  return { transport: besideCluster(auto, direct), auto, close };
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
