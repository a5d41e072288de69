/**
 * History: what 100,000 revisions take in memory, how long a table of the past takes to make, and how long the longest of its
 * steps, between which the API lets others run.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RoutingTable } from '../../src/model/route.ts';
import type { ClusterState } from '../../src/routing/cluster-state.ts';
import { History } from '../../src/routing/history.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { median } from '../load/samples.ts';
import { clusterOf, NODE, nextTable, readinessAt } from './cluster.ts';

const SERVICES = 10_000;
const REVISIONS = 100_000;
const RUNS = 7;

/** A table as it was so many revisions ago: medians. */
interface PastTableFigures {
  readonly revisionsAgo: number;
  readonly ms: number;
  readonly longestStepMs: number;
}

/** The figures as lines of a table: what, and how much. */
export interface HistoryFigures {
  readonly megabytes: number;
  readonly tables: readonly PastTableFigures[];
}

/** Plays an endpoint's readiness to and fro, each time of another Service. */
export async function measureHistory(): Promise<HistoryFigures> {
  const state = clusterOf(SERVICES);
  let table = nextTable(state);
  const bounds = { maxRevisions: REVISIONS, maxAgeMs: Number.MAX_SAFE_INTEGER };
  const history = new History(emptyTable(NODE), bounds);
  history.add(table, 0);
  const before = heapBytes();
  for (let revision = 1; revision < REVISIONS; revision++) table = change(state, table, history, revision);
  const megabytes = (heapBytes() - before) / 1e6;
  const tables: PastTableFigures[] = [];
  for (const ago of [10, 100, 1_000, 10_000, REVISIONS - RUNS])
    tables.push(await figuresOf(history, table.generation, ago));
  return { megabytes, tables };
}

function change(state: ClusterState, table: RoutingTable, history: History, revision: number): RoutingTable {
  const index = (revision * 7) % SERVICES;
  state.apply(readinessAt(index, 1 + Math.floor(revision / SERVICES), String(1_000_000 + revision)));
  const next = nextTable(state, table);
  history.add(next, 1_767_225_600_000 + revision);
  return next;
}

/** Each of another revision, and with nothing left of the one before: what is found again is not measured. */
async function figuresOf(history: History, newest: number, revisionsAgo: number): Promise<PastTableFigures> {
  const runs: StepTimes[] = [];
  for (let more = 0; more < RUNS; more++) {
    heapBytes();
    runs.push(runSteps(history, newest - revisionsAgo + more));
    // What was looked at by a weak reference stays until the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const longestStepMs = median(runs.map((run) => run.longestStepMs));
  return { revisionsAgo, ms: median(runs.map(({ ms }) => ms)), longestStepMs };
}

interface StepTimes {
  readonly ms: number;
  readonly longestStepMs: number;
}

function runSteps(history: History, generation: number): StepTimes {
  const startedMs = performance.now();
  const steps = history.tableInSteps(generation);
  let longestStepMs = 0;
  for (let lastMs = startedMs, isDone = false; !isDone; ) {
    const { done = false, value } = steps.next();
    const nowMs = performance.now();
    longestStepMs = Math.max(longestStepMs, nowMs - lastMs);
    [lastMs, isDone] = [nowMs, done];
    if (value && value.services.size !== SERVICES) throw new Error(`the table at ${generation} lacks Services`);
  }
  return { ms: performance.now() - startedMs, longestStepMs };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
