/**
 * Helper routes: what main has a helper serve, as the routes and differences that a listener set follows.
 */

import type { Picker } from '../../balancing/picker.ts';
import type { Binding, Capture } from '../../model/capture.ts';
import type { Frontend, NodeContext, Route, RoutingTable, ServicePort, TableDiff } from '../../model/route.ts';
import { emptyTable } from '../../routing/table.ts';
import { LiveServicePorts } from '../live-service-ports.ts';
import { decodePort } from './port-records.ts';
import type { SharedRoute, TableMessage } from './worker-messages.ts';

/** What one message comes to. */
interface Step {
  readonly table: RoutingTable;
  readonly diff: TableDiff;
  readonly withdrawn: readonly string[];
}

/** The routes of one helper. */
export class HelperRoutes {
  /** Main has captured the addresses: here they are bound where it says. */
  readonly capture: Capture;
  readonly #picker: Picker;
  readonly #ports = new Map<number, ServicePort>();
  readonly #live = new LiveServicePorts();
  readonly #routes = new Map<string, Route>();
  readonly #bindings = new Map<string, Binding>();
  readonly #ids = new WeakMap<Route, number>();

  constructor(picker: Picker) {
    this.#picker = picker;
    this.capture = new GivenBindings(this.#bindings);
  }

  /** The number that main gave a route. */
  idOf(route: Route): number {
    return this.#ids.get(route) ?? 0;
  }

  follow({ generation, ports, routes, gone, withdrawn, forget }: TableMessage, node: NodeContext): Step {
    for (const port of ports) this.#ports.set(port.id, decodePort(port));
    const added: Route[] = [];
    const changed: { before: Route; after: Route }[] = [];
    for (const shared of routes) {
      const before = this.#routes.get(shared.frontend.key);
      const after = this.#take(shared);
      if (after === undefined) continue;
      if (before === undefined) added.push(after);
      else changed.push({ before, after });
    }
    const removed = gone.flatMap((key) => this.#drop(key) ?? []);
    for (const key of withdrawn) this.#drop(key);
    for (const id of forget) this.#ports.delete(id);
    this.#picker.sync(this.#live.takeChanges());
    return {
      table: { ...emptyTable(node), generation },
      diff: { added, removed, changed, services: [] },
      withdrawn,
    };
  }

  #take({ id, frontend, port, binding }: SharedRoute): Route | undefined {
    const servicePort = this.#ports.get(port);
    if (servicePort === undefined) return undefined;
    const before = this.#routes.get(frontend.key);
    if (before !== undefined) this.#live.release(before.servicePort);
    this.#live.retain(servicePort);
    const route: Route = { frontend: boundFrontend(frontend, binding), servicePort, listens: true };
    this.#routes.set(frontend.key, route);
    this.#bindings.set(frontend.key, binding);
    this.#ids.set(route, id);
    return route;
  }

  #drop(frontendKey: string): Route | undefined {
    const route = this.#routes.get(frontendKey);
    if (route === undefined) return undefined;
    this.#routes.delete(frontendKey);
    this.#bindings.delete(frontendKey);
    this.#live.release(route.servicePort);
    return route;
  }
}

/** A lane at any free port is bound where main is, which found one. */
function boundFrontend(frontend: Frontend, { port }: Binding): Frontend {
  return frontend.kind === 'local' ? { ...frontend, port } : frontend;
}

class GivenBindings implements Capture {
  readonly type = 'none';
  readonly reason = 'main has captured';
  readonly #bindings: ReadonlyMap<string, Binding>;

  constructor(bindings: ReadonlyMap<string, Binding>) {
    this.#bindings = bindings;
  }

  bindingOf({ key, address, port }: Frontend): Binding {
    return this.#bindings.get(key) ?? { address, port };
  }

  rebind(): undefined {}
  async open(): Promise<void> {}
  async prepare(): Promise<void> {}
  async commit(): Promise<void> {}
  async release(): Promise<void> {}
  async restore(): Promise<void> {}
  async close(): Promise<void> {}
}
