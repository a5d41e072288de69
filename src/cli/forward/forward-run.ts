/**
 * One forward, from its plan to its end.
 *
 *   kubeconfig ─▶ plan: targets, rights, local ports ─▶ daemon: first table ─▶ transport chosen ─▶ first lines ─▶ events
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import { systemClock } from '../../lib/clock.ts';
import { channels, type ListenerFailedMessage } from '../../observability/channels.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { type ChosenTransport, createTransportFor } from '../create-transport-for.ts';
import { watchStart } from '../watch-start.ts';
import { chooseAdminAddress } from './admin-address.ts';
import type { BoundLane } from './bound-lane.ts';
import { EarlyLists } from './early-lists.ts';
import { earlySamples } from './early-samples.ts';
import { loadFollowingAuth } from './following-auth.ts';
import { forwardConfig, withLanes } from './forward-config.ts';
import type { ForwardDaemonOptions } from './forward-daemon.ts';
import type { ForwardRequest } from './forward-options.ts';
import { ForwardOutput } from './forward-output.ts';
import { type ForwardPlan, planForward } from './forward-plan.ts';
import { EXIT_UNROUTABLE, ForwardSession } from './forward-session.ts';
import { udpRefusal, type Way } from './forward-text.ts';
import { forwardWatches } from './forward-watches.ts';
import { LaneKeeper } from './lane-keeper.ts';
import { judgeRights, type NeededRight, neededRights, type PortForwardRights, reviewPortForward } from './rights.ts';
import type { ForwardWatch } from './service-watches.ts';
import { untilReady } from './until-ready.ts';
import { WayFinder } from './way-finder.ts';

const ALIVE_MS = 60_000;
/** For sockets that are opened late. */
const OPEN_MS = 1000;
/** Enough to read credentials and to begin to connect. */
const ASKED_MS = 4;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** One run. `close` gives back whatever is open, however far it came. */
export class ForwardRun {
  readonly #request: ForwardRequest;
  readonly #closers: (() => unknown)[] = [];
  readonly #output: ForwardOutput;
  readonly #ended = Promise.withResolvers<number>();
  #plan: ForwardPlan = { planned: [], lanes: [], scope: undefined, chosen: undefined };
  #watches: readonly ForwardWatch[] = [];
  #lanes: readonly BoundLane[] = [];
  #session: ForwardSession | undefined;

  constructor(request: ForwardRequest) {
    this.#request = request;
    this.#output = new ForwardOutput(request);
  }

  /**
   * Forwards; resolves with the exit code. Throws `SVL_KUBECONFIG`, `SVL_API_…`, `SVL_NOT_FOUND`, `SVL_LISTEN`, and what
   * `loadConfig` throws, all of it before the first line is printed.
   */
  async run(): Promise<number> {
    this.#listenToSignals();
    return await Promise.race([this.#ended.promise, this.#forward()]);
  }

  /** What would have to be granted; right when the plan stands. */
  neededRights(): readonly NeededRight[] {
    const { targets, namespace = 'default' } = this.#request;
    const planned = this.#plan.planned;
    const guessed = planned.length > 0 ? [] : targets;
    return neededRights({ planned, guessed, watches: this.#watches, namespace });
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  async #forward(): Promise<number> {
    const base = await forwardConfig(this.#request.flags);
    const auth = this.#openAuth(base);
    const namespace = this.#request.namespace ?? auth.namespace;
    const transport = createTransportFor(base.transport, auth, () => {});
    this.#closers.push(() => transport.close());
    const early = new EarlyLists(auth, this.#request, namespace);
    const listen = chooseAdminAddress(base.admin.listen);
    const finder = this.#findWay(base, auth, transport, early, namespace);
    const daemonModule = loadMeanwhile();
    this.#plan = await finder.planning;
    const reviewed = this.#reviewRights(auth, base);
    this.#watches = forwardWatches(this.#plan.planned, this.#plan.scope);
    const config = this.#configure(base, await listen);
    const parts = { config, auth, transport: transport.transport, early, namespace };
    const daemon = this.#createDaemon(await daemonModule, parts);
    await this.#start(daemon);
    const way = await finder.find(this.#lanes, daemon.table());
    if (way.chosen !== 'direct') judgeRights(await reviewed);
    const refusals = await this.#settleUdp(daemon, config, way);
    if (this.#lanes.length === 0 && refusals.length > 0 && !this.#request.hasNames) {
      process.stderr.write(`${refusals.join('\n')}\n`);
      return EXIT_UNROUTABLE;
    }
    this.#session = new ForwardSession({
      request: this.#request,
      daemon,
      config,
      keeper: this.#keep(daemon, config),
      refused: this.#plan.lanes.length - this.#lanes.length,
      refusals,
      context: auth.context,
      namespace,
      way,
      output: this.#output,
    });
    this.#closers.push(() => this.#session?.close());
    const serving = this.#session.serve();
    // What the first connection would wait for; should it fail, that one tells.
    if (way.chosen === 'apiserver') transport.load().catch(() => {});
    return await serving;
  }

  /** The plan, and beside it the way to the pods. */
  #findWay(
    { transport: asked }: Config,
    auth: KubeAuth,
    { auto }: ChosenTransport,
    early: EarlyLists,
    namespace: string,
  ): WayFinder {
    const { targets } = this.#request;
    const samples = auto ? earlySamples(auth, early, targets, namespace) : Promise.resolve([]);
    const planning = planForward(auth, early, this.#request, namespace);
    return new WayFinder({ asked, auto, request: this.#request, samples, planning });
  }

  #listenToSignals(): void {
    const alive = setInterval(() => undefined, ALIVE_MS);
    this.#closers.push(() => clearInterval(alive));
    for (const [signal, code] of Object.entries(SIGNALS)) {
      const onSignal = (name: NodeJS.Signals): void => this.#signalled(name, code);
      process.on(signal, onSignal);
      this.#closers.push(() => process.off(signal, onSignal));
    }
    process.stdout.on('error', () => this.#ended.resolve(0));
  }

  /** A command ends first, and the forward with it. On a terminal Ctrl-C has reached it already. */
  #signalled(signal: NodeJS.Signals, code: number): void {
    const child = this.#session?.child;
    if (child === undefined) this.#ended.resolve(code);
    else if (signal !== 'SIGINT' || !process.stdin.isTTY) child.signal(signal);
  }

  #openAuth({ clientConnection }: Config): KubeAuth {
    const tell = (line: string): void => this.#output.tell(line);
    const auth = loadFollowingAuth({ ...clientConnection, env: process.env, tell });
    this.#closers.push(() => auth.close());
    return auth;
  }

  /** In parallel to the first table. Who may not even ask finds out by what happens. */
  #reviewRights(auth: KubeAuth, { transport }: Config): Promise<readonly PortForwardRights[]> {
    if (transport === 'direct') return Promise.resolve([]);
    const { planned, scope } = this.#plan;
    const scopes = scope && (scope.namespaces.length === 0 ? [''] : scope.namespaces);
    const namespaces = new Set([...planned.map(({ found }) => found.namespace), ...(scopes ?? [])]);
    return reviewPortForward(auth, [...namespaces]).catch(() => []);
  }

  #configure(base: Config, listen: string): Config {
    // Whether UDP can be carried is known when the transport is chosen.
    this.#lanes = this.#plan.lanes.filter(({ plan }) => plan.protocol === 'TCP' || base.transport === 'direct');
    return withLanes({ ...base, admin: { ...base.admin, listen } }, this.#lanes);
  }

  #createDaemon(
    { createForwardDaemon }: typeof import('./forward-daemon.ts'),
    parts: Pick<ForwardDaemonOptions, 'config' | 'auth' | 'transport' | 'early' | 'namespace'>,
  ): Daemon {
    const daemon = createForwardDaemon({
      ...parts,
      request: this.#request,
      plan: this.#plan,
      watches: this.#watches,
      tell: (line) => this.#output.tell(line),
      onError: (error) =>
        this.#output.tell(`unexpected error: ${error instanceof Error ? error.message : String(error)}`),
    });
    this.#closers.push(() => daemon.close({ graceMs: 0 }));
    return daemon;
  }

  #keep(daemon: Daemon, config: Config): LaneKeeper {
    const { plan, lanes } = { plan: this.#plan, lanes: this.#lanes };
    const keeper = new LaneKeeper({ request: this.#request, plan, config, daemon, lanes, clock: systemClock });
    this.#closers.push(() => keeper.close());
    return keeper;
  }

  /** A local port that was taken since it was looked at ends the start. */
  async #start(daemon: Daemon): Promise<void> {
    const failed = Promise.withResolvers<never>();
    const onFailed = ({ error, frontend }: ListenerFailedMessage): void => {
      const isOurs = this.#lanes.some(({ addresses }) => addresses.includes(frontend.address));
      if (isOurs) failed.reject(error);
    };
    channels.listenerFailed.subscribe(onFailed);
    try {
      await Promise.race([watchStart(daemon, 'dev'), failed.promise]);
    } finally {
      channels.listenerFailed.unsubscribe(onFailed);
    }
  }

  /** Opens the lanes for UDP; else why they cannot be served, in lines. */
  async #settleUdp(daemon: Daemon, config: Config, { chosen }: Way): Promise<readonly string[]> {
    const udp = this.#plan.lanes.filter(({ plan }) => plan.protocol === 'UDP' && config.transport !== 'direct');
    if (udp.length === 0) return [];
    if (chosen === 'apiserver') return udp.flatMap(udpRefusal);
    this.#lanes = this.#plan.lanes;
    const wanted = withLanes(config, this.#lanes);
    daemon.reload(wanted);
    await untilReady(() => daemon.counts().listening >= wanted.lanes.length, OPEN_MS);
    return [];
  }
}

/** What a daemon is made of takes longest to load: while the API server is connected to, and the way to the pods is tried. */
async function loadMeanwhile(): Promise<typeof import('./forward-daemon.ts')> {
  await delay(ASKED_MS);
  return await import('./forward-daemon.ts');
}
