/**
 * Sharing: looks at frontends again, tells helpers what has changed, and has them go on with a predecessor's sockets.
 */

import type { Interventions } from '../../balancing/interventions.ts';
import { type SocketExchange, socketName } from '../../lib/socket-exchange.ts';
import type { ServicePort } from '../../model/route.ts';
import { channels, type ListenerMessage, type TypedChannel } from '../../observability/channels.ts';
import type { WorkerListenerSet } from '../listener-set.ts';
import type { Helpers } from './helpers.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { isSame, type SharedRoutes } from './shared-routes.ts';

/** Frontends that are considered between two turns of the event loop. */
const CONSIDERED_AT_ONCE = 256;

export interface SharingOptions {
  readonly shared: SharedRoutes;
  readonly helpers: Helpers;
  readonly main: WorkerListenerSet;
  readonly sockets: SocketExchange;
  readonly inherited: InheritedSockets;
  readonly interventions: Interventions | undefined;
  readonly helperCount: number;
}

/** What one process shares among its workers. */
export class Sharing {
  readonly #options: SharingOptions;
  readonly #unfollow: readonly (() => void)[];

  constructor(options: SharingOptions) {
    this.#options = options;
    const { interventions } = options;
    const listenerChanged = ({ frontend }: ListenerMessage): void => this.#changed(frontend.key);
    this.#unfollow = [
      follow(channels.listenerBound, listenerChanged),
      follow(channels.listenerClosed, listenerChanged),
      follow(channels.listenerFailed, listenerChanged),
      ...[interventions?.overrides, interventions?.faults].flatMap(
        (book) =>
          book?.onChange(({ namespace, service }) => {
            this.considerPorts((port) => port.service === service && port.namespace === namespace);
          }) ?? [],
      ),
    ];
  }

  /** Follows no more by itself. */
  close(): void {
    for (const end of this.#unfollow) end();
  }

  consider(frontendKeys: readonly string[]): void {
    this.#options.helpers.tell(frontendKeys.filter((key) => this.#considerOne(key)));
  }

  /** The same, a part at a time. While there is a predecessor its helpers' sockets are taken first. */
  async considerAll(frontendKeys: readonly string[]): Promise<void> {
    const { sockets, inherited, helperCount } = this.#options;
    for (let at = 0; at < frontendKeys.length; at += CONSIDERED_AT_ONCE) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      const some = frontendKeys.slice(at, at + CONSIDERED_AT_ONCE);
      if (sockets.inherits) await inherited.take(helperCount, this.#placesOf(some));
      this.consider(some);
    }
  }

  /** All frontends that lead to such a ServicePort. */
  considerPorts(isMeant: (servicePort: ServicePort) => boolean): void {
    this.consider(this.#options.shared.frontendsOf(isMeant));
  }

  #changed(frontendKey: string): void {
    if (this.#options.sockets.inherits) void this.considerAll([frontendKey]);
    else this.consider([frontendKey]);
  }

  /** What was kept for helpers at a place where none is to listen any more is closed. */
  #considerOne(key: string): boolean {
    const { shared, inherited } = this.#options;
    const before = shared.get(key);
    const hasChanged = shared.consider(key);
    const after = shared.get(key);
    const isThere = before !== undefined && after !== undefined && isSame(before.binding, after.binding);
    if (before !== undefined && !isThere) inherited.drop(socketName('TCP', before.binding, key));
    return hasChanged;
  }

  /** Where main listens by TCP for these frontends. */
  #placesOf(keys: readonly string[]): readonly string[] {
    const { main, shared } = this.#options;
    return keys.flatMap((key) => {
      const status = main.status(key);
      if (status?.state !== 'listening' || shared.route(key)?.frontend.protocol !== 'TCP') return [];
      return [socketName('TCP', { address: status.boundAddress, port: status.boundPort }, key)];
    });
  }
}

function follow<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
