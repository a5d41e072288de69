/**
 * Explain, as whoever waits for it sees it: a daemon that follows 10,000 Services of ten endpoints, asked over its socket.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXPLANATION } from '../../src/admin/explain-answer.ts';
import { askDaemon } from '../../src/cli/admin-client.ts';
import { loadConfig } from '../../src/cli/load-config.ts';
import { createDaemon } from '../../src/daemon.ts';
import { createCapture } from '../../src/host/capture.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Source, SourceSink } from '../../src/model/source.ts';
import { channels } from '../../src/observability/channels.ts';
import { createDirectTransport } from '../../src/transport/direct.ts';
import { median } from '../load/samples.ts';
import { clusterIP, readinessAt, serviceAt, sliceAt } from './cluster.ts';

const SERVICES = 10_000;
const RUNS = 25;
const CHANGES = 200;

/** Milliseconds from the question to the checked answer. */
export interface ExplainFigures {
  readonly name: string;
  readonly ms: number;
  readonly worstMs: number;
}

/** The first question of all is asked before: it loads code. */
export async function measureExplain(): Promise<readonly ExplainFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-bench-'));
  const host = `unix:${folder}/admin.sock`;
  const cluster = clusterSource();
  const flags = { mode: 'dev', source: `file:${folder}`, 'admin-listen': host };
  const daemon = createDaemon(loadConfig(flags, { HOME: folder }), {
    source: cluster.source,
    capture: await createCapture({ type: 'none', clock: systemClock }),
    transport: createDirectTransport(),
    clock: systemClock,
    random: () => 0.5,
    version: '0.0.0',
    onError: (error) => console.error(error),
  });
  try {
    await daemon.start();
    const first = daemon.table().generation;
    for (let change = 1; change <= CHANGES; change++) await cluster.change(change);
    const ask = async (query: string): Promise<void> => {
      await askDaemon(host, `/v1/explain?${query}`, EXPLANATION);
    };
    await ask('namespace=shop&service=s1');
    return [
      await measure('a Service', (run) => ask(`namespace=shop&service=s${run * 300}`)),
      await measure('an address', (run) => ask(`to=${clusterIP(run * 300)}:80`)),
      await measure(`a Service, ${CHANGES} revisions ago`, (run) => ask(`namespace=shop&service=s${run}&at=${first}`)),
    ];
  } finally {
    await daemon.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(name: string, ask: (run: number) => Promise<void>): Promise<ExplainFigures> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedMs = performance.now();
    await ask(run);
    times.push(performance.now() - startedMs);
  }
  return { name, ms: median(times), worstMs: Math.max(...times) };
}

/** `change` turns one endpoint of another Service over, and resolves when that is in force. */
function clusterSource(): { readonly source: Source; change(number: number): Promise<void> } {
  const sinks: SourceSink[] = [];
  const kinds = ['Service', 'EndpointSlice'] as const;
  const source: Source = {
    kinds,
    start(sink) {
      sinks.push(sink);
      for (let index = 0; index < SERVICES; index++) {
        sink.apply(serviceAt(index));
        sink.apply(sliceAt(index, 0));
      }
      for (const kind of kinds) sink.listed(kind);
    },
    status: () => ({ type: 'kubernetes', description: 'a benchmark', resources: [] }),
    close: async () => undefined,
  };
  return {
    source,
    change(number) {
      const synced = nextSync();
      for (const sink of sinks) sink.apply(readinessAt(number * 7, 1, String(1_000 + number)));
      return synced;
    },
  };
}

function nextSync(): Promise<void> {
  return new Promise((done) => {
    const onSync = (): void => {
      channels.sync.unsubscribe(onSync);
      done();
    };
    channels.sync.subscribe(onSync);
  });
}
