/**
 * Telemetry: what all subscribers together take of a flow, and how long a scrape takes and holds up the event loop.
 */

import { EventBook } from '../../src/admin/event-book.ts';
import { RecentRates } from '../../src/admin/recent-rates.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Flow } from '../../src/model/flow.ts';
import type { Route, RoutingTable } from '../../src/model/route.ts';
import { channels } from '../../src/observability/channels.ts';
import { subscribeLog } from '../../src/observability/log-subscriber.ts';
import { createLogger } from '../../src/observability/logging.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics-subscriber.ts';
import { median } from '../load/samples.ts';
import { clusterOf, nextTable } from './cluster.ts';
import { type Timing, time } from './stopwatch.ts';

const SERVICES = 10_000;
const SCRAPES = 15;

/** Scrapes: how long one took, how much of that this thread ran, the longest time without a turn of each, and its text. */
export interface ScrapeFigures {
  readonly name: string;
  readonly ms: number;
  readonly cpuMs: number;
  readonly blockMs: readonly number[];
  readonly megabytes: number;
}

/** One flow from its beginning to its end. What publishing costs nobody hears of comes first. */
export function timeTelemetry(): readonly Timing[] {
  const table = nextTable(clusterOf(1_000));
  const flows = [...table.routes.values()].map((route) => flowOf(route));
  const publish = (index: number): void => publishFlow(flows[index % flows.length]);
  const silent = time('telemetry of a TCP flow, with nobody to hear it', publish);
  const stops = subscribeAll(table);
  const heard = time('telemetry of a TCP flow: metrics, log, event stream, rates', publish);
  for (const stop of stops) stop();
  return [silent, heard];
}

/** With the default bound of series, and with a series for each endpoint. The table is another one each time. */
export async function measureScrapes(): Promise<readonly ScrapeFigures[]> {
  const table = nextTable(clusterOf(SERVICES));
  return [
    await measureScrape('the default bound', table, {}),
    await measureScrape('a series for each endpoint', table, { maxSeries: 1_000_000, endpointLabels: true }),
  ];
}

async function measureScrape(name: string, table: RoutingTable, settings: object): Promise<ScrapeFigures> {
  let current = table;
  const metrics = createMetrics({ ...ownState(() => current), ...settings });
  for (const route of table.routes.values()) {
    for (const endpoint of route.servicePort.endpoints) publishFlow(flowOf(route, endpoint));
  }
  const runs = [];
  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    current = { ...table };
    runs.push(await watched(metrics));
  }
  metrics.close();
  const [first] = runs;
  return {
    name,
    ms: median(runs.map(({ ms }) => ms)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    blockMs: runs.map(({ longestBlockMs }) => longestBlockMs).toSorted((a, b) => a - b),
    megabytes: (first?.characters ?? 0) / 1e6,
  };
}

interface Run {
  readonly ms: number;
  readonly cpuMs: number;
  readonly longestBlockMs: number;
  readonly characters: number;
}

/** Reads it all, beside a loop that looks how long it was kept from turning. */
async function watched(metrics: Metrics): Promise<Run> {
  const startedMs = performance.now();
  const startedCpuMs = threadMs();
  let lastMs = startedMs;
  let longestBlockMs = 0;
  let isDone = false;
  const turn = (): void => {
    const nowMs = performance.now();
    longestBlockMs = Math.max(longestBlockMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  let characters = 0;
  for await (const part of metrics.renderMetrics()) characters += part.length;
  isDone = true;
  const [ms, cpuMs] = [performance.now() - startedMs, threadMs() - startedCpuMs];
  await new Promise((resolve) => setImmediate(resolve));
  return { ms, cpuMs, longestBlockMs, characters };
}

/** Processor time of this thread. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function subscribeAll(table: RoutingTable): readonly (() => void)[] {
  const metrics = createMetrics(ownState(() => table));
  const events = new EventBook(systemClock);
  const rates = new RecentRates(systemClock);
  rates.start();
  const stream = { write: () => true };
  const logger = createLogger(
    { format: 'json', level: 'info', accessLog: 'errors' },
    { stream, env: {}, isTTY: false },
  );
  const endLog = subscribeLog(logger, { accessLog: () => 'errors', clock: systemClock });
  return [() => metrics.close(), () => events.close(), () => rates.close(), endLog];
}

function ownState(table: () => RoutingTable): Parameters<typeof createMetrics>[0] {
  const counts = () => ({ listening: SERVICES, idle: 0, failed: 0 });
  const source = { status: () => ({ type: 'kubernetes' as const, description: '', resources: [] }) };
  return { clock: systemClock, counts, table, source };
}

/** As the data plane does. */
function publishFlow(flow: Flow | undefined): void {
  if (flow === undefined) return;
  if (channels.flowOpened.hasSubscribers) channels.flowOpened.publish(flow);
  if (channels.flowConnected.hasSubscribers) channels.flowConnected.publish(flow);
  if (channels.flowEnded.hasSubscribers) channels.flowEnded.publish(flow);
}

function flowOf(route: Route, endpoint: Endpoint | undefined = route.servicePort.endpoints[0]): Flow {
  return {
    id: 'c-1',
    protocol: 'TCP',
    route,
    clientAddress: '10.244.1.9',
    clientPort: 50_312,
    openedAtMs: 0,
    endpoint,
    why: 'roundrobin',
    failedTries: [],
    bytesIn: 100,
    bytesOut: 1_000,
    connectMs: 0.4,
    end: { cause: 'finished' },
  };
}
