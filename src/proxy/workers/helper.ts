/**
 * Helper: what runs in a thread beside main. An ordinary listener set that follows main's messages, not a table of its own.
 */

import { createPicker } from '../../balancing/create-picker.ts';
import type { ServiceOverride } from '../../config/config.ts';
import { algorithmFor } from '../../config/service-settings.ts';
import { systemClock } from '../../lib/clock.ts';
import type { NodeContext } from '../../model/route.ts';
import type { Transport } from '../../model/transport.ts';
import { classifyClient } from '../../routing/client-class.ts';
import { createListenerSet } from '../create-listener-set.ts';
import type { WorkerListenerSet } from '../listener-set.ts';
import type { ProxySettings } from '../proxy-context.ts';
import { FlowReporter } from './flow-reporter.ts';
import { HandedSockets } from './handed-sockets.ts';
import { HelperRoutes } from './helper-routes.ts';
import { SharedLoad } from './shared-load.ts';
import type { ClientRanges, FromHelper, HelperData, TableMessage, ToHelper } from './worker-messages.ts';

const NOWHERE: NodeContext = {
  nodeName: '',
  zone: '',
  nodeIPs: [],
  nodePortIPs: [],
  podCIDRs: [],
  frontends: { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false },
  lanes: [],
};

/** What a thread gives its helper. */
export interface HelperSurroundings {
  readonly transport: Transport;
  readonly post: (message: FromHelper) => void;
  /** The last flow has ended, and all has been told. */
  readonly closed: () => void;
}

/** One helper. It serves from the first table message to `close` or `hand-over`. */
export class Helper {
  readonly #surroundings: HelperSurroundings;
  readonly #load: SharedLoad;
  readonly #routes: HelperRoutes;
  readonly #reporter: FlowReporter;
  readonly #sockets = new HandedSockets();
  readonly #set: WorkerListenerSet;
  #settings: ProxySettings;
  #services: readonly ServiceOverride[];
  #node: NodeContext;
  #tail: Promise<void> = Promise.resolve();

  constructor(data: HelperData, surroundings: HelperSurroundings) {
    const { worker, load, idPrefix, extraSockets, settings, services, ranges, reads, descriptorLimit } = data;
    this.#surroundings = surroundings;
    this.#load = new SharedLoad(load, worker);
    this.#settings = settings;
    this.#services = services;
    this.#node = { ...NOWHERE, ...ranges };
    const picker = createPicker({
      clock: systemClock,
      random: Math.random,
      algorithmOf: (port) => algorithmFor({ defaults: this.#settings, services: this.#services }, port),
      maxAffinityEntries: 0,
    });
    this.#routes = new HelperRoutes(picker);
    this.#reporter = new FlowReporter({
      post: surroundings.post,
      routeId: (route) => this.#routes.idOf(route),
    });
    this.#set = createListenerSet({
      capture: this.#routes.capture,
      transport: surroundings.transport,
      picker,
      classify: (address) => classifyClient(address, this.#node),
      clock: systemClock,
      settings,
      services,
      reads,
      sockets: this.#sockets.exchange,
      ...(descriptorLimit !== undefined && { descriptorLimit }),
      companions: {
        idPrefix,
        isHelper: true,
        load: this.#load,
        extraSockets,
        crowded: (frontend) => surroundings.post({ type: 'crowded', frontend }),
        vacated: () => undefined,
      },
    });
  }

  /** A message of main. */
  hear(message: ToHelper): void {
    if (message.type === 'table') this.#inTurn(() => this.#follow(message));
    else if (message.type === 'node') this.#followNode(message.ranges);
    else if (message.type === 'settings') this.#configure(message.settings, message.services);
    else if (message.type === 'expect') this.#set.expectUdp(message.rows);
    else if (message.type === 'widen') this.#set.widen(message.frontend);
    else if (message.type === 'end') this.#answer(message.request, this.#set.endFlow(message.flow));
    else if (message.type === 'look') this.#look(message.request);
    else if (message.type === 'lend') this.#inTurn(() => this.#lend(message.request));
    else if (message.type === 'close') this.#end(this.#set.close({ graceMs: message.graceMs }));
    else this.#handOver(message.graceMs, message.taken);
  }

  readonly #carry = (frontend: string, datagram: Buffer, port: number, address: string): void => {
    this.#surroundings.post({ type: 'reply', frontend, datagram: new Uint8Array(datagram), port, address });
  };

  #handOver(graceMs: number, taken: readonly string[]): void {
    this.#sockets.taken(taken);
    this.#end(this.#set.handOver({ graceMs, carry: this.#carry }));
  }

  #followNode(ranges: ClientRanges): void {
    this.#node = { ...NOWHERE, ...ranges };
  }

  #configure(settings: ProxySettings, services: readonly ServiceOverride[]): void {
    this.#settings = settings;
    this.#services = services;
    this.#inTurn(() => this.#set.updateSettings(settings, services));
  }

  async #follow(message: TableMessage): Promise<void> {
    const { table, diff, withdrawn } = this.#routes.follow(message, this.#node);
    if (withdrawn.length > 0) {
      // Before the sockets are closed main has to know who had which endpoint.
      this.#reporter.flush();
      await this.#set.withdraw(withdrawn, this.#carry);
    }
    this.#sockets.hand(message.routes);
    await this.#set.apply(diff, table);
    this.#sockets.closeRest();
    for (const { frontend, isWide } of message.routes) if (isWide) this.#set.widen(frontend.key);
    this.#load.publishSockets(this.#set.counts.listening);
    this.#reporter.flush();
    this.#surroundings.post({ type: 'applied', batch: message.batch });
  }

  #look(request: number): void {
    this.#reporter.tellVolumes();
    this.#answer(request, true);
  }

  async #lend(request: number): Promise<void> {
    this.#surroundings.post({ type: 'lent', sockets: this.#sockets.list() });
    this.#answer(request, true);
  }

  #answer(request: number, ok: boolean): void {
    this.#reporter.flush();
    this.#surroundings.post({ type: 'answer', request, ok });
  }

  #end(ending: Promise<void>): void {
    this.#inTurn(async () => {
      await ending;
      this.#reporter.close();
      this.#surroundings.closed();
    });
  }

  /** What a turn throws is a bug, and ends the thread: main starts another one. */
  #inTurn(turn: () => Promise<void>): void {
    this.#tail = this.#tail.then(turn);
  }
}
