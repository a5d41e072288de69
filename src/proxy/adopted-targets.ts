/**
 * Adopted targets: what flows go to whose client was accepted elsewhere and has named a Service, not an address.
 *
 * There is no socket, and the frontend is in no table. The rest is as with a listener: the target follows the table, who
 * waits at it tries again when an endpoint comes, and its ServicePort is known to ejection and quarantine.
 */

import type { Socket } from 'node:net';
import { keepEqual } from '../lib/deep-equal.ts';
import type { Binding } from '../model/capture.ts';
import type { Flow } from '../model/flow.ts';
import type { Adoption, FrontTarget } from '../model/front.ts';
import type { Route, RoutingTable, ServicePort, TableDiff } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import { frontRoute } from '../routing/names/front-route.ts';
import type { LiveServicePorts } from './live-service-ports.ts';
import type { ProxyContext, TcpFlowTarget } from './proxy-context.ts';
import { TcpFlow } from './tcp-flow.ts';
import { WaitingRoom } from './waiting-room.ts';

const NO_SOCKET: Binding = { address: '', port: 0 };

class AdoptedTarget implements TcpFlowTarget {
  route: Route;
  connections = 0;
  bound: Binding | undefined = NO_SOCKET;
  readonly waiting: WaitingRoom;

  constructor(route: Route, waiting: WaitingRoom) {
    this.route = route;
    this.waiting = waiting;
  }

  close(): void {
    this.bound = undefined;
    this.waiting.clear();
  }
}

/** The targets of one listener set. One of a Service port stays from its first flow until the port leaves the table. */
export class AdoptedTargets {
  readonly #context: ProxyContext;
  readonly #servicePorts: LiveServicePorts;
  readonly #targets = new Map<string, AdoptedTarget>();
  #table: RoutingTable | undefined;

  constructor(context: ProxyContext, servicePorts: LiveServicePorts) {
    this.#context = context;
    this.#servicePorts = servicePorts;
  }

  /** Serves a client as a flow of its own. */
  adopt({ kind, route }: FrontTarget, client: Socket, adoption: Adoption): Flow {
    const target = kind === 'pod' ? this.#targetOf(route) : this.#keptTarget(route);
    const flow = new TcpFlow(this.#context, target, client, adoption);
    flow.open();
    // The ServicePort of chosen pods is made for this flow: nothing is kept of it longer than that.
    if (kind === 'pod') this.#context.picker.sync([{ before: route.servicePort, after: undefined }]);
    return flow;
  }

  /** Follows a table. */
  follow({ services }: TableDiff, table: RoutingTable): void {
    this.#table = table;
    if (this.#targets.size === 0) return;
    const changed = new Set(services);
    for (const [key, target] of this.#targets) {
      const { namespace, service } = target.route.servicePort;
      if (changed.has(serviceKey(namespace, service))) this.#change(key, target, this.#derive(target.route));
    }
  }

  /** There may be an endpoint for clients of these ServicePorts. */
  wake(isMeant: (servicePort: ServicePort) => boolean): void {
    for (const { route, waiting } of this.#targets.values()) if (isMeant(route.servicePort)) waiting.wake();
  }

  /** Who waits is turned away. */
  close(): void {
    for (const target of this.#targets.values()) target.close();
  }

  /** The caller's route may be of an older table than the one that is in force here. */
  #keptTarget(route: Route): AdoptedTarget {
    const known = this.#targets.get(route.frontend.key);
    if (known !== undefined) return known;
    const target = this.#targetOf(this.#derive(route) ?? route);
    this.#targets.set(route.frontend.key, target);
    this.#servicePorts.retain(target.route.servicePort);
    return target;
  }

  #targetOf(route: Route): AdoptedTarget {
    return new AdoptedTarget(route, new WaitingRoom(this.#context.clock));
  }

  #derive({ servicePort, frontend }: Route): Route | undefined {
    return this.#table && frontRoute(this.#table, servicePort.namespace, servicePort.service, frontend.port);
  }

  #change(key: string, target: AdoptedTarget, derived: Route | undefined): void {
    const before = target.route.servicePort;
    const after = derived && keepEqual(before, derived.servicePort);
    if (after === before) return;
    this.#servicePorts.release(before);
    this.#syncPicker(before, after);
    if (derived === undefined || after === undefined) {
      this.#targets.delete(key);
      target.close();
    } else {
      this.#servicePorts.retain(after);
      target.route = { ...derived, servicePort: after };
      target.waiting.wake();
    }
  }

  /** Whoever hands the table over syncs the picker with its ports; some of ours are not among those. */
  #syncPicker(before: ServicePort, after: ServicePort | undefined): void {
    const routes = this.#table?.services.get(serviceKey(before.namespace, before.service));
    if (routes?.ports.some(({ key }) => key === before.key)) return;
    this.#context.picker.sync([{ before, after: after?.key === before.key ? after : undefined }]);
  }
}
