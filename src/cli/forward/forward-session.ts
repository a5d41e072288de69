/**
 * A forward that serves: its first lines, what happens, and whatever it is to end with.
 */

import type { Config } from '../../config/config.ts';
import { algorithmChooser } from '../../daemon/algorithm-of.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import { systemClock } from '../../lib/clock.ts';
import { paintFor } from '../paint.ts';
import { type BoundLane, readyCount, servicePortOf } from './bound-lane.ts';
import { type ChildCommand, startCommand } from './child-command.ts';
import { hostRange } from './forward-daemon.ts';
import { ForwardEvents } from './forward-events.ts';
import { type ForwardRequest, isOpenToOthers } from './forward-options.ts';
import type { ForwardOutput } from './forward-output.ts';
import { contextLine, forwardingLines, readyLine, type Way } from './forward-text.ts';
import { laneVariables } from './forward-variables.ts';
import { hostLanes } from './host-lanes.ts';
import { LaneBoard } from './lane-board.ts';
import { LiveFlows } from './live-flows.ts';
import { LiveView } from './live-view.ts';
import { nameLines } from './name-lines.ts';
import { portsText, removePortsFile, writePortsFile } from './ports-file.ts';
import { untilReady } from './until-ready.ts';

/** Found but not routable. */
export const EXIT_UNROUTABLE = 4;

/** What serves, and how it is told of. `refused` = how many lanes cannot be served. */
export interface ForwardSessionOptions {
  readonly request: ForwardRequest;
  /** Started. */
  readonly daemon: Daemon;
  readonly config: Config;
  readonly lanes: readonly BoundLane[];
  readonly refused: number;
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
  #hasPortsFile = false;

  constructor(options: ForwardSessionOptions) {
    this.#options = options;
    const lanes = (): readonly BoundLane[] => this.#lanes();
    this.#board = new LaneBoard(lanes, this.#flows, options.daemon);
    this.#events = new ForwardEvents({
      lanes,
      table: options.daemon.table(),
      flows: this.#flows,
      clock: systemClock,
      tell: (line) => options.output.tell(line),
      failed: (key, text) => this.#board.failed(key, text),
    });
  }

  /** Serves until `q`, or the end of the command; resolves with the exit code. Throws `SVL_USAGE` for the ports file. */
  async serve(): Promise<number> {
    const { daemon, request, config } = this.#options;
    const head = this.#introduce();
    this.#writePorts();
    if (request.waitReadyMs !== undefined && !(await this.#waitReady(request.waitReadyMs))) return EXIT_UNROUTABLE;
    const variables = { ...laneVariables(this.#lanes()), ...ownVariables(config, daemon) };
    if (request.printsEnv) {
      for (const [name, value] of Object.entries(variables)) process.stdout.write(`${name}=${value}\n`);
    }
    if (request.command.length > 0) return await this.#runCommand(variables);
    if (this.#isLive()) return await this.#runView(head);
    return await daemon.closed.then(() => 0);
  }

  close(): void {
    const { request } = this.#options;
    this.#view?.close();
    if (this.#hasPortsFile && request.portsFile !== undefined) removePortsFile(request.portsFile, process.pid);
    this.#events.close();
    this.#flows.close();
  }

  #lanes(): readonly BoundLane[] {
    const { request, lanes, daemon } = this.#options;
    return request.hasHosts ? [...lanes, ...hostLanes(daemon.table(), hostRange())] : lanes;
  }

  #introduce(): readonly string[] {
    const { daemon, request, context, namespace, way, output } = this.#options;
    const first = contextLine(context, request.allNamespaces ? 'all' : namespace, way);
    output.print(first);
    if (isOpenToOthers(request.addresses)) {
      process.stderr.write('warning: other machines can reach these ports, with your rights in the cluster\n');
    }
    for (const line of this.#forwardingLines()) output.print(line);
    for (const line of nameLines(daemon.namesAt)) output.print(line);
    const ready = this.#readyLine();
    output.print(ready);
    return [first, ready];
  }

  #forwardingLines(): readonly string[] {
    const { daemon, config } = this.#options;
    const algorithmOf = algorithmChooser(() => config);
    const table = daemon.table();
    return forwardingLines(this.#lanes(), table, (lane) => {
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

  async #runView(head: readonly string[]): Promise<number> {
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
