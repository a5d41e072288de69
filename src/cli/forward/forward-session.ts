/**
 * A forward that serves: its first lines, what happens, and whatever it is to end with.
 */

import type { Config } from '../../config/config.ts';
import { algorithmChooser } from '../../daemon/algorithm-of.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import { systemClock, type Timer } from '../../lib/clock.ts';
import { paintFor } from '../paint.ts';
import { type BoundLane, readyCount, servicePortOf } from './bound-lane.ts';
import { type ChildCommand, startCommand } from './child-command.ts';
import { ForwardEvents } from './forward-events.ts';
import { type ForwardRequest, isOpenToOthers } from './forward-options.ts';
import type { ForwardOutput } from './forward-output.ts';
import { contextLine, forwardingLines, goneLine, readyLine, type Way } from './forward-text.ts';
import { laneVariables } from './forward-variables.ts';
import { keepCompiled } from './keep-compiled.ts';
import { LaneBoard } from './lane-board.ts';
import type { LaneKeeper } from './lane-keeper.ts';
import { LiveFlows } from './live-flows.ts';
import { LiveView } from './live-view.ts';
import { nameLines } from './name-lines.ts';
import { portsText, removePortsFile, writePortsFile } from './ports-file.ts';
import { untilReady } from './until-ready.ts';

/** Found but not routable. */
export const EXIT_UNROUTABLE = 4;

/** Enough for those who wait for the first line to connect, and to be answered. */
const CLIENTS_FIRST_MS = 250;
/** Enough for all that is loaded at the start to have run. */
const KEPT_AFTER_MS = 2000;

/** What serves, and how it is told of. `refused` = how many lanes cannot be served. */
export interface ForwardSessionOptions {
  readonly request: ForwardRequest;
  /** Started. */
  readonly daemon: Daemon;
  readonly config: Config;
  readonly keeper: LaneKeeper;
  readonly refused: number;
  /** Why, in lines. */
  readonly refusals: readonly string[];
  readonly context: string;
  readonly namespace: string;
  readonly way: Way;
  readonly output: ForwardOutput;
}

/** One session. `close` gives back the terminal and the ports file; the daemon is its maker's. */
export class ForwardSession {
  /** The command, while it runs. */
  child: ChildCommand | undefined;
  readonly #options: ForwardSessionOptions;
  readonly #flows = new LiveFlows();
  readonly #board: LaneBoard;
  readonly #events: ForwardEvents;
  #view: LiveView | undefined;
  #keeping: Timer | undefined;
  #hasPortsFile = false;

  constructor(options: ForwardSessionOptions) {
    this.#options = options;
    const lanes = (): readonly BoundLane[] => options.keeper.lanes();
    this.#board = new LaneBoard(lanes, this.#flows, options.daemon);
    this.#events = new ForwardEvents({
      lanes,
      table: options.daemon.table(),
      flows: this.#flows,
      clock: systemClock,
      tell: (line) => options.output.tell(line),
      failed: (key, text) => this.#board.failed(key, text),
    });
    options.keeper.follow({
      added: (fresh) => this.#lanesChanged(this.#forwardingLines(fresh)),
      removed: (gone) => this.#lanesChanged(gone.map(goneLine)),
      failed: (error) => options.output.tell(error instanceof Error ? error.message : String(error)),
    });
  }

  /** Serves until `q`, or the end of the command; resolves with the exit code. Throws `SVL_USAGE` for the ports file. */
  async serve(): Promise<number> {
    const { daemon, request, config, refusals } = this.#options;
    const head = this.#introduce();
    if (refusals.length > 0) process.stderr.write(`${refusals.join('\n')}\n`);
    this.#writePorts();
    await this.#serveApi();
    this.#options.output.print(this.#readyLine());
    this.#keepWhenIdle();
    if (request.waitReadyMs !== undefined && !(await this.#waitReady(request.waitReadyMs))) return EXIT_UNROUTABLE;
    const variables = { ...laneVariables(this.#lanes()), ...ownVariables(config, daemon) };
    if (request.printsEnv) {
      // At once: who reads them until one is there has all of them.
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
      process.stdout.write(lines.join(''));
    }
    if (request.command.length > 0) return await this.#runCommand(variables);
    if (this.#isLive()) return await this.#runView(head);
    return await daemon.closed.then(() => 0);
  }

  /** What the API is made of takes longer to load than all that lanes need: clients who wait already come first. */
  async #serveApi(): Promise<void> {
    const { daemon, request } = this.#options;
    if (request.command.length === 0) {
      const soon = new Promise<void>((resolve) => void systemClock.setTimer(resolve, CLIENTS_FIRST_MS));
      await Promise.race([soon, daemon.closed]);
    }
    await daemon.serve();
  }

  /** It takes a fifth of a second at the first start of a version: where nobody would notice. Later on there is nothing to write. */
  #keepWhenIdle(): void {
    this.#keeping = systemClock.setTimer(() => {
      if (this.#flows.isIdle) keepCompiled();
      else this.#keepWhenIdle();
    }, KEPT_AFTER_MS);
  }

  close(): void {
    const { request } = this.#options;
    this.#keeping?.cancel();
    this.#view?.close();
    if (this.#hasPortsFile && request.portsFile !== undefined) removePortsFile(request.portsFile, process.pid);
    this.#events.close();
    this.#flows.close();
  }

  #lanes(): readonly BoundLane[] {
    return this.#options.keeper.lanes();
  }

  #lanesChanged(lines: readonly string[]): void {
    if (this.#hasPortsFile) this.#writePorts();
    for (const line of lines) this.#options.output.tell(line);
  }

  #introduce(): string {
    const { daemon, request, context, namespace, way, output } = this.#options;
    const first = contextLine(context, request.allNamespaces ? 'all' : namespace, way);
    output.print(first);
    if (isOpenToOthers(request.addresses)) {
      process.stderr.write('warning: other machines can reach these ports, with your rights in the cluster\n');
    }
    for (const line of this.#forwardingLines(this.#lanes())) output.print(line);
    for (const line of nameLines(daemon.namesAt)) output.print(line);
    return first;
  }

  #forwardingLines(lanes: readonly BoundLane[]): readonly string[] {
    const { daemon, config } = this.#options;
    const algorithmOf = algorithmChooser(() => config);
    const table = daemon.table();
    return forwardingLines(lanes, table, (lane) => {
      const port = servicePortOf(lane, table);
      return port ? algorithmOf(port) : config.defaults.algorithm;
    });
  }

  #readyLine(): string {
    const { daemon, config, refused } = this.#options;
    const { length } = this.#lanes();
    const { listen, token } = config.admin;
    const tokenPath = listen.startsWith('http') ? (token?.path ?? '') : '';
    return readyLine(Math.min(length, daemon.counts().listening), length + refused, listen, tokenPath);
  }

  #writePorts(): void {
    const { request, daemon, context, way } = this.#options;
    if (request.portsFile === undefined) return;
    const facts = { pid: process.pid, context, transport: way.chosen };
    writePortsFile(request.portsFile, portsText(this.#lanes(), daemon.table(), facts));
    this.#hasPortsFile = true;
  }

  async #waitReady(ms: number): Promise<boolean> {
    const { daemon } = this.#options;
    const waiting = (): readonly BoundLane[] => this.#lanes().filter((lane) => readyCount(lane, daemon.table()) === 0);
    if (await untilReady(() => waiting().length === 0, ms)) return true;
    const names = waiting().map(({ plan }) => plan.label);
    process.stderr.write(`error: no ready pod for ${[...new Set(names)].join(', ')} in time\n`);
    process.stderr.write('hint: svclane doctor says why; --wait-ready takes a longer time\n');
    return false;
  }

  async #runCommand(variables: Readonly<Record<string, string>>): Promise<number> {
    this.child = startCommand(this.#options.request.command, variables);
    const code = await this.child.exit;
    this.child = undefined;
    return code;
  }

  #isLive(): boolean {
    const { isPlain, printsEnv } = this.#options.request;
    return !isPlain && !printsEnv && process.stdout.isTTY === true && process.stdin.isTTY === true;
  }

  async #runView(first: string): Promise<number> {
    const head = (): readonly string[] => [first, this.#readyLine()];
    const view = new LiveView({ head, lanes: () => this.#board.rows(), paint: paintFor(process.stdout) });
    this.#view = view;
    this.#options.output.view = view;
    return await view.run();
  }
}

/** Where this forward itself is asked: `svclane get conns` of the command finds it. */
function ownVariables({ admin }: Config, { namesAt }: Daemon): Readonly<Record<string, string>> {
  const at = (binding: { readonly address: string; readonly port: number }): string =>
    `${binding.address.includes(':') ? `[${binding.address}]` : binding.address}:${binding.port}`;
  return {
    ...(admin.listen !== '' && { SVCLANE_HOST: admin.listen }),
    ...(namesAt.front && { SVCLANE_SOCKS: at(namesAt.front) }),
    ...(namesAt.dns && { SVCLANE_DNS: at(namesAt.dns) }),
  };
}
