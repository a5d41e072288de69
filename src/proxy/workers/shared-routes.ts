/**
 * Shared routes: which frontends helpers serve beside main, by what is known of each at the moment.
 */

import { serviceSettings } from '../../config/service-settings.ts';
import type { Binding } from '../../model/capture.ts';
import type { Route, ServicePort, TableDiff } from '../../model/route.ts';
import type { ListenerSetOptions, ListenerStatus, WorkerListenerSet } from '../listener-set.ts';
import type { ProxySettings } from '../proxy-context.ts';
import { whyNotShared } from './why-not-shared.ts';

/** A frontend that helpers serve. Another object = something has changed. */
export interface Shared {
  /** Unique in a process. */
  readonly id: number;
  readonly route: Route;
  readonly binding: Binding;
}

/** What is known of all of them. `consider` finds out what has changed. */
export class SharedRoutes {
  readonly #options: Pick<ListenerSetOptions, 'transport' | 'interventions'>;
  readonly #main: Pick<WorkerListenerSet, 'status' | 'quarantined'>;
  readonly #shared = new Map<string, Shared>();
  readonly #wide = new Set<string>();
  #settings: ProxySettings;
  #settingsOf: ReturnType<typeof serviceSettings>;
  readonly #routes = new Map<string, Route>();
  #lastId = 0;

  constructor(
    options: Pick<ListenerSetOptions, 'transport' | 'interventions' | 'settings' | 'services'>,
    main: Pick<WorkerListenerSet, 'status' | 'quarantined'>,
  ) {
    this.#options = options;
    this.#main = main;
    this.#settings = options.settings;
    this.#settingsOf = serviceSettings({ defaults: options.settings, services: options.services ?? [] });
  }

  /** What a table changed is in force from here on; tells which frontends are to be considered. */
  follow({ added, changed, removed }: TableDiff): readonly string[] {
    const after = [...added, ...changed.map((change) => change.after)];
    for (const { frontend } of removed) this.#routes.delete(frontend.key);
    for (const route of after) this.#routes.set(route.frontend.key, route);
    return [...removed, ...after].map(({ frontend }) => frontend.key);
  }

  configure(settings: ProxySettings, services: ListenerSetOptions['services'] = []): void {
    this.#settings = settings;
    this.#settingsOf = serviceSettings({ defaults: settings, services });
  }

  /** Keys of all frontends, shared or not. */
  all(): readonly string[] {
    return [...this.#routes.keys()];
  }

  get(frontendKey: string): Shared | undefined {
    return this.#shared.get(frontendKey);
  }

  keys(): Iterable<string> {
    return this.#shared.keys();
  }

  /** The route of a frontend in the table in force. */
  route(frontendKey: string): Route | undefined {
    return this.#routes.get(frontendKey);
  }

  /** Keys of the frontends that lead to such a ServicePort. */
  frontendsOf(isMeant: (servicePort: ServicePort) => boolean): readonly string[] {
    const keys: string[] = [];
    for (const [key, route] of this.#routes) if (isMeant(route.servicePort)) keys.push(key);
    return keys;
  }

  /** Whether clients are to be refused there, rather than served by main alone. */
  isGone(frontendKey: string): boolean {
    return this.#routes.get(frontendKey)?.listens !== true;
  }

  isWide(frontendKey: string): boolean {
    return this.#wide.has(frontendKey);
  }

  /** `false` = it was already. */
  widen(frontendKey: string): boolean {
    if (this.#wide.has(frontendKey)) return false;
    this.#wide.add(frontendKey);
    return true;
  }

  /** Looks at one frontend again; whether anything has changed for helpers. */
  consider(frontendKey: string): boolean {
    const before = this.#shared.get(frontendKey);
    const route = this.#routes.get(frontendKey);
    const status = route && this.#main.status(frontendKey);
    if (route === undefined || status === undefined || this.#isAlone(route, status)) {
      if (status?.state !== 'listening') this.#wide.delete(frontendKey);
      return this.#shared.delete(frontendKey);
    }
    const binding = { address: status.boundAddress, port: status.boundPort };
    if (before?.route === route && isSame(before.binding, binding)) return false;
    this.#lastId += 1;
    this.#shared.set(frontendKey, { id: this.#lastId, route, binding });
    return true;
  }

  #isAlone({ servicePort, listens }: Route, { state }: ListenerStatus): boolean {
    const { interventions, transport } = this.#options;
    const { limits, ejection } = this.#settings;
    const reason = whyNotShared({
      listening: listens && state === 'listening',
      direct: transport.name === 'direct',
      sessionAffinity: servicePort.sessionAffinity,
      onEmpty: this.#settingsOf(servicePort).onEmpty.action,
      maxConnectionsPerService: limits.maxConnectionsPerService,
      maxConnectionsPerClient: limits.maxConnectionsPerClient,
      consecutiveFailures: ejection.consecutiveFailures,
      overridden: interventions?.overrides.of(servicePort) !== undefined,
      faulty: interventions?.faults.of(servicePort) !== undefined,
      quarantined: this.#isQuarantined(servicePort.key),
    });
    return reason !== undefined;
  }

  #isQuarantined(servicePortKey: string): boolean {
    for (const [key, endpoints] of this.#main.quarantined()) if (key === servicePortKey) return endpoints.size > 0;
    return false;
  }
}

/** Of the same place. */
export function isSame(a: Binding, b: Binding): boolean {
  return a.address === b.address && a.port === b.port;
}
