/**
 * A transport that is made when it is first needed: what it is made of is loaded then.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { Dial, DialHandlers, Transport } from '../model/transport.ts';

/** What is made; its maker's `close` ends its connections. */
interface ClosableTransport extends Transport {
  close(): void;
}

/** `load` makes it ahead of the first dial. */
export interface LateTransport extends ClosableTransport {
  load(): Promise<void>;
}

/** Makes one that is called `name`, as what `make` makes. Dials wait while that is under way; a `make` that fails, fails them. */
export function createLateTransport(name: Transport['name'], make: () => Promise<ClosableTransport>): LateTransport {
  let making: Promise<ClosableTransport> | undefined;
  let made: ClosableTransport | undefined;
  let isClosed = false;

  async function load(): Promise<ClosableTransport> {
    making ??= make();
    made = await making;
    if (isClosed) made.close();
    return made;
  }

  function dialLater(endpoint: Endpoint, handlers: DialHandlers): Dial {
    let dial: Dial | undefined;
    let isCancelled = false;
    load().then(
      (transport) => {
        if (!isCancelled) dial = transport.dialTcp(endpoint, handlers);
      },
      (error: unknown) => {
        if (!isCancelled) handlers.failed(error instanceof Error ? error : new Error(String(error)));
      },
    );
    return {
      cancel() {
        isCancelled = true;
        dial?.cancel();
      },
    };
  }

  return {
    name,
    dialTcp: (endpoint, handlers) => made?.dialTcp(endpoint, handlers) ?? dialLater(endpoint, handlers),
    load: () => load().then(() => {}),
    close() {
      isClosed = true;
      made?.close();
    },
  };
}
