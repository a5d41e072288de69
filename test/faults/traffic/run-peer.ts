/**
 * The process that makes the traffic of the fault suite inside a network namespace: clients, backends, an API server.
 *
 * Its parent sends calls, `{id, name, args}`, and gets `{id, result | error}`. It ends when its parent does.
 */

import { createFakeApiServer, type FakeApiServer } from '../../fixtures/fake-api-server.ts';
import type { FakeObject } from '../../fixtures/fake-api-store.ts';
import {
  type BackendCounts,
  type BackendOptions,
  backendCounts,
  serveTcp,
  serveUdp,
  stopAccepting,
} from './backends.ts';
import { DatagramLoad, type DatagramOptions, type DatagramReport } from './datagrams.ts';
import { type GarbageOptions, type GarbageReport, sendGarbage } from './garbage.ts';
import { HeldFlows, type HeldOptions, type HeldReport } from './held-flows.ts';
import { answerLate, type LateAnswers } from './late-answers.ts';
import { Load, type LoadOptions, type LoadReport } from './load.ts';
import { type SlowOptions, SlowReaders, type SlowReport } from './slow-readers.ts';

/** What a peer can do. Sets of clients are named by who starts them. */
export interface PeerCalls {
  serveTcp(options: BackendOptions): Promise<void>;
  serveUdp(address: string, port: number): Promise<void>;
  stopAccepting(address: string, port: number): Promise<void>;
  backendCounts(): Promise<BackendCounts>;
  /** Begins a load. */
  load(name: string, options: LoadOptions): Promise<void>;
  loadReport(name: string): Promise<LoadReport>;
  /** Resolves when the count of a load is reached. */
  loadDone(name: string): Promise<LoadReport>;
  stopLoad(name: string): Promise<LoadReport>;
  /** Opens flows; resolves when each has been answered once, or has ended. */
  hold(name: string, options: HeldOptions): Promise<HeldReport>;
  heldReport(name: string): Promise<HeldReport>;
  release(name: string): Promise<HeldReport>;
  askSlow(name: string, options: SlowOptions): Promise<SlowReport>;
  readSlow(name: string): Promise<SlowReport>;
  answerLate(host: string, port: number, clients: number, bytes: number, pauseMs: number): Promise<LateAnswers>;
  datagrams(name: string, options: DatagramOptions): Promise<void>;
  datagramsDone(name: string): Promise<DatagramReport>;
  stopDatagrams(name: string): Promise<DatagramReport>;
  garbage(options: GarbageOptions): Promise<GarbageReport>;
  /** GET; status 0 = no answer within ten seconds. */
  fetch(url: string): Promise<{ status: number; body: string }>;
  /** Starts the fake API server; resolves with the text of a kubeconfig. */
  startApi(): Promise<string>;
  setObject(object: FakeObject): Promise<void>;
  stopApi(): Promise<void>;
  restartApi(): Promise<void>;
}

const loads = new Map<string, Load>();
const held = new Map<string, HeldFlows>();
const slow = new Map<string, SlowReaders>();
const datagrams = new Map<string, DatagramLoad>();
let api: FakeApiServer | undefined;
let seed = 1;

const calls: PeerCalls = {
  serveTcp,
  serveUdp,
  stopAccepting,
  backendCounts: async () => backendCounts(),
  async load(name, options) {
    loads.set(name, new Load(options, seed++));
  },
  loadReport: async (name) => named(loads, name).report(),
  async loadDone(name) {
    await named(loads, name).done;
    return named(loads, name).report();
  },
  stopLoad: (name) => named(loads, name).stop(),
  hold(name, options) {
    const flows = new HeldFlows(options);
    held.set(name, flows);
    return flows.settled();
  },
  heldReport: async (name) => named(held, name).report(),
  release: (name) => named(held, name).release(),
  askSlow(name, options) {
    const readers = new SlowReaders(options);
    slow.set(name, readers);
    return readers.ask();
  },
  readSlow: (name) => named(slow, name).read(),
  answerLate,
  async datagrams(name, options) {
    datagrams.set(name, new DatagramLoad(options, seed++));
  },
  async datagramsDone(name) {
    await named(datagrams, name).done;
    return named(datagrams, name).report();
  },
  stopDatagrams: (name) => named(datagrams, name).stop(),
  garbage: sendGarbage,
  async fetch(url) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), headers: { connection: 'close' } });
      return { status: answer.status, body: await answer.text() };
    } catch {
      return { status: 0, body: '' };
    }
  },
  async startApi() {
    api = await createFakeApiServer();
    return api.kubeconfig();
  },
  async setObject(object) {
    api?.set(object);
  },
  async stopApi() {
    await api?.stop();
  },
  async restartApi() {
    await api?.restart();
  },
};

function named<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`nothing here is named ${name}`);
  return found;
}

process.on('message', async ({ id, name, args }: { id: number; name: string; args: readonly unknown[] }) => {
  try {
    const call: unknown = Reflect.get(calls, name);
    if (typeof call !== 'function') throw new Error(`no such call: ${name}`);
    process.send?.({ id, result: (await Reflect.apply(call, undefined, args)) ?? null });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.once('disconnect', () => process.exit());
