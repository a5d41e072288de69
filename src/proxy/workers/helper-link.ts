/**
 * Helper link: one helper as main has it, from thread to thread.
 *
 *   starting ──ready──▶ serving ──close, hand-over──▶ ending ──▶ ended
 *      ▲                   │
 *      └── after 1 s, 2 s, … 30 s ── died (its flows are ended in the books)
 */

import type { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Binding } from '../../model/capture.ts';
import type { Frontend } from '../../model/route.ts';
import type { UdpFlowRow } from '../../model/soft-state.ts';
import { channels } from '../../observability/channels.ts';
import { HelperBook } from './helper-book.ts';
import { HelperDeaths } from './helper-deaths.ts';
import { HelperFlows } from './helper-flows.ts';
import type { PortRecords } from './port-records.ts';
import { Questions } from './questions.ts';
import type { SharedRoutes } from './shared-routes.ts';
import {
  type FromHelper,
  type HelperData,
  isFromHelper,
  type LentSocket,
  type SharedRoute,
  type TableMessage,
  type ToHelper,
} from './worker-messages.ts';

export interface HelperLinkOptions {
  readonly worker: number;
  /** The program of the thread. */
  readonly thread: URL;
  readonly clock: Clock;
  readonly shared: SharedRoutes;
  readonly records: PortRecords;
  readonly generation: () => number;
  /** What the thread is made with; asked at each start. */
  readonly data: (worker: number) => HelperData;
  /** It takes messages. */
  readonly ready: () => void;
  /** A message that is not for the link. */
  readonly hear: (message: FromHelper) => void;
  /** It is about to open these UDP frontends. */
  readonly joining: (frontendKeys: ReadonlySet<string>) => void;
  /** It is about to be told to close these frontends. */
  readonly leaving: (frontendKeys: ReadonlySet<string>) => void;
  /** A UDP flow began at a frontend that it was told to close. */
  readonly begunLate: (flow: UdpFlowRow) => void;
  /** Sockets that it is to go on with at this frontend, bound there. */
  readonly socketsOf: (frontend: Frontend, binding: Binding) => readonly number[];
  /** It has done all that it was told. */
  readonly followed: () => void;
  /** It has died, or ended, with these UDP frontends. */
  readonly died: (frontendKeys: ReadonlySet<string>) => void;
}

/** One helper. It is started when it is made. */
export class HelperLink {
  readonly worker: number;
  readonly flows: HelperFlows;
  /** Its listening sockets, when it was asked last to lend them. */
  lent: readonly LentSocket[] = [];
  readonly #options: HelperLinkOptions;
  readonly #questions = new Questions();
  readonly #ended = Promise.withResolvers<void>();
  #thread: Worker | undefined;
  #book: HelperBook;
  /** Whether it takes messages. */
  #isReady = false;
  #isUp = false;
  readonly #up = Promise.withResolvers<void>();
  readonly #deaths: HelperDeaths;
  #isEnding = false;
  #isPumping = false;
  #timer: Timer | undefined;
  /** The last message that closes something; those up to `#appliedBatch` have been followed. */
  #closingBatch = 0;
  #appliedBatch = 0;
  #vacated: PromiseWithResolvers<void> | undefined;

  constructor(options: HelperLinkOptions) {
    this.#options = options;
    this.worker = options.worker;
    this.#deaths = new HelperDeaths(options.worker, options.clock);
    this.#book = new HelperBook(options.shared, options.records);
    this.flows = new HelperFlows({
      routeOf: (id) => this.#book.routeOf(id),
      currentRoute: (key) => options.shared.route(key),
      serves: (key) => this.#book.knows(key),
      begunLate: options.begunLate,
    });
    this.#start();
  }

  /** Whether it takes clients: it has followed all that there was when it started. */
  get isServing(): boolean {
    return this.#isUp && !this.#isEnding;
  }

  /** Resolves when it takes clients for the first time. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  /** Resolves when it has ended, after `close` or `handOver`. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  knows(frontendKey: string): boolean {
    return this.#book.knows(frontendKey);
  }

  /** A frontend has changed: the helper is told soon. */
  mark(frontendKey: string): void {
    this.#book.mark(frontendKey);
  }

  /** Tells what was marked, a part at once and the rest turn by turn. */
  pump(): void {
    if (!this.#isReady || this.#isEnding || this.#isPumping) return;
    const message = this.#book.next(this.#options.generation());
    if (message === undefined) this.#caughtUp();
    else this.#tell(message);
  }

  /** Nothing happens where there is no helper that hears it. */
  post(message: ToHelper): void {
    if (this.#isReady) this.#thread?.postMessage(message);
  }

  /** Asks; `false` where it dies meanwhile. */
  ask(make: (request: number) => ToHelper): Promise<boolean> {
    if (!this.#isReady) return Promise.resolve(false);
    return this.#questions.ask((request) => this.post(make(request)));
  }

  /** Resolves when it has closed all that it was told to close; `undefined` = so it has. */
  vacated(): Promise<void> | undefined {
    if (!this.#isReady || (this.#appliedBatch >= this.#closingBatch && !this.#book.closes)) return undefined;
    this.#vacated ??= Promise.withResolvers();
    return this.#vacated.promise;
  }

  /** Has it end: it drains for so long. A later call with less time cuts the wait short. */
  end(message: Extract<ToHelper, { readonly type: 'close' | 'hand-over' }>): Promise<void> {
    const isFirst = !this.#isEnding;
    this.#isEnding = true;
    this.#timer?.cancel();
    if (this.#isReady) this.post(message);
    else if (isFirst) this.#terminate();
    return this.ended;
  }

  #tell(message: TableMessage): void {
    const { gone, withdrawn } = message;
    if (gone.length + withdrawn.length > 0) this.#closingBatch = message.batch;
    if (withdrawn.length > 0) this.#options.leaving(new Set(withdrawn));
    this.#options.joining(this.#book.joined);
    this.post({ ...message, routes: message.routes.map((route) => this.#withSockets(route)) });
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.pump();
    });
  }

  #withSockets(route: SharedRoute): SharedRoute {
    const sockets = this.#options.socketsOf(route.frontend, route.binding);
    return sockets.length === 0 ? route : { ...route, sockets };
  }

  #start(): void {
    const { thread, worker, data } = this.#options;
    this.#deaths.started();
    // Loaded where there are helpers: a forward, which has none, starts without it.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const started = new Worker(thread, { workerData: data(worker), name: `svclane-${worker}` });
    let failure: unknown;
    this.#thread = started;
    started.on('message', (message: unknown) => {
      if (this.#thread === started && isFromHelper(message)) this.#hear(message);
    });
    started.once('error', (error) => {
      failure = error;
    });
    started.once('exit', (code) => this.#exited(code, failure));
  }

  #hear(message: FromHelper): void {
    if (message.type === 'ready') this.#ready();
    else if (message.type === 'applied') this.#applied(message.batch);
    else if (message.type === 'answer') this.#questions.answered(message.request, message.ok);
    else if (message.type === 'flows') {
      this.flows.take(message.records);
      for (const [frontend, reason] of message.dropped) this.flows.dropped(frontend, reason);
    } else if (message.type === 'lent') this.lent = message.sockets;
    else this.#options.hear(message);
  }

  #ready(): void {
    this.#isReady = true;
    this.#options.ready();
    this.pump();
  }

  #applied(batch: number): void {
    this.#appliedBatch = batch;
    this.#book.applied(batch);
    if (batch === this.#book.batch) this.#options.followed();
    this.pump();
    if (batch < this.#closingBatch || this.#book.closes) return;
    this.#vacated?.resolve();
    this.#vacated = undefined;
  }

  /** There is nothing more to tell. */
  #caughtUp(): void {
    if (this.#isUp || this.#appliedBatch < this.#book.batch) return;
    this.#isUp = true;
    this.#up.resolve();
    channels.workerStarted.publish({ worker: this.#options.worker });
  }

  #exited(code: number, failure: unknown): void {
    const { shared, records, died, clock } = this.#options;
    const udp = new Set(
      [...this.#book.told()].filter((route) => route.frontend.protocol === 'UDP').map((route) => route.frontend.key),
    );
    this.#isReady = false;
    this.#isUp = false;
    this.#thread = undefined;
    this.#questions.close();
    this.#vacated?.resolve();
    this.#vacated = undefined;
    this.#appliedBatch = 0;
    this.#closingBatch = 0;
    died(udp);
    this.flows.endAll(this.#isEnding ? 'destroyed' : 'worker-lost', clock.now());
    this.#book = new HelperBook(shared, records);
    if (this.#isEnding) this.#ended.resolve();
    else this.#timer = clock.setTimer(() => this.#start(), this.#deaths.died(code, failure));
  }

  #terminate(): void {
    if (this.#thread === undefined) this.#ended.resolve();
    else void this.#thread.terminate();
  }
}
