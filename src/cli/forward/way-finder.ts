/**
 * The way to the pods: which one `auto` takes, tried by pods of a Service that is named while everything else is made
 * ready, else by those of the first table.
 */

import { performance } from 'node:perf_hooks';
import type { Endpoint } from '../../model/endpoint.ts';
import type { RoutingTable } from '../../model/route.ts';
import type { AutoTransport, TransportChoice } from '../../transport/choose-transport.ts';
import type { BoundLane } from './bound-lane.ts';
import type { ForwardRequest } from './forward-options.ts';
import type { ForwardPlan } from './forward-plan.ts';
import type { Way } from './forward-text.ts';
import { tableSamples } from './table-samples.ts';

const PATIENCE_MS = { least: 20, most: 500 } as const;

/** What is chosen from. `auto` `undefined` = `asked` is the way. */
export interface WayFinderOptions {
  readonly asked: string;
  readonly auto: AutoTransport | undefined;
  readonly request: Pick<ForwardRequest, 'targets' | 'lanesFile'>;
  /** Both have just been asked of the API server. `samples` never rejects. */
  readonly samples: Promise<readonly Endpoint[]>;
  readonly planning: Promise<ForwardPlan>;
}

/** Finds it. Makers need not wait for it: what fails in `planning` is told by who made that. */
export class WayFinder {
  readonly #options: WayFinderOptions;
  readonly #askedMs = waitedMs();
  readonly #early: Promise<TransportChoice | undefined>;
  #plan: ForwardPlan | undefined;
  #answerMs = 0;

  constructor(options: WayFinderOptions) {
    this.#options = options;
    this.#early = options.auto === undefined ? Promise.resolve(undefined) : this.#chooseEarly(options.auto);
  }

  get planning(): Promise<ForwardPlan> {
    return this.#options.planning;
  }

  /** The way, once there is a table; `served` are the lanes that it has. */
  async find(served: readonly BoundLane[], table: RoutingTable): Promise<Way> {
    const { asked, auto, planning } = this.#options;
    if (auto === undefined) return { asked, chosen: asked, reason: '' };
    this.#plan = await planning;
    const { lanes } = this.#plan;
    const choice = (await this.#early) ?? (await auto.choose(tableSamples(lanes, served, table), this.#patienceMs()));
    if (choice === undefined) return { asked, chosen: asked, reason: 'no pod to try yet' };
    return { asked, chosen: choice.name, reason: choice.reason };
  }

  async #chooseEarly(auto: AutoTransport): Promise<TransportChoice | undefined> {
    const { samples, planning, request } = this.#options;
    const endpoints = await samples;
    this.#answered();
    // Whether a file asks for UDP is in the plan.
    if (endpoints.length === 0 || request.lanesFile !== undefined) this.#plan = await planning.catch(() => undefined);
    if (endpoints.length === 0) this.#answered();
    return await auto.choose(endpoints, this.#patienceMs());
  }

  #answered(): void {
    this.#answerMs = waitedMs() - this.#askedMs;
  }

  /**
   * How long pods are tried directly: as long as was waited for the API server to be connected to and to answer, three round
   * trips less what was done meanwhile, since pods are near it. UDP has no other way, and is given the whole time.
   */
  #patienceMs(): number {
    const asked = this.#options.request.targets.flatMap(({ ports }) => ports);
    const planned = this.#plan?.lanes.map(({ plan }) => plan) ?? [];
    const hasUdp = [...asked, ...planned].some(({ protocol }) => protocol === 'UDP');
    return hasUdp ? PATIENCE_MS.most : Math.min(PATIENCE_MS.most, Math.max(PATIENCE_MS.least, this.#answerMs));
  }
}

/** For how long this process has had nothing to do. On a slow machine it is modules that an answer waits for, not the network. */
function waitedMs(): number {
  return performance.eventLoopUtilization().idle;
}
