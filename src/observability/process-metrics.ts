/**
 * Metrics of the process and of Node.js, under the names that client libraries give them.
 */

import { opendir, readFile, stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MetricFamily } from './metric-family.ts';

const LAG_RESOLUTION_MS = 20;
const DESCRIPTORS = '/proc/self/fd';
/** Entries of a folder that are read in one go. */
const READ_AT_ONCE = 512;

/** Reads them when they are scraped. `close` ends the measuring of the event loop. */
export class ProcessMetrics {
  readonly #loop = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  readonly #lag = gauge(
    'svclane_eventloop_lag_seconds',
    '99th percentile of the event loop lag since the last scrape.',
  );
  readonly #cpu = new MetricFamily({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system.',
    type: 'counter',
  });
  readonly #memory = gauge('process_resident_memory_bytes', 'Resident memory.');
  readonly #start = gauge('process_start_time_seconds', 'When the process began, since the epoch.');
  readonly #heapUsed = gauge('nodejs_heap_size_used_bytes', 'JavaScript heap that is in use.');
  readonly #heapTotal = gauge('nodejs_heap_size_total_bytes', 'JavaScript heap that is allocated.');
  readonly #external = gauge('nodejs_external_memory_bytes', 'Memory of buffers and of objects that JavaScript holds.');
  readonly #version = info('nodejs_version_info', 'Always 1; the version of Node.js is the label.', ['version']);
  readonly #build = info('svclane_build_info', 'Always 1; the versions are the labels.', ['version', 'node']);
  #openFiles = '';

  constructor(version: string) {
    this.#loop.enable();
    this.#start.with().value = Math.round(performance.timeOrigin) / 1000;
    this.#version.with(`v${process.versions.node}`).value = 1;
    this.#build.with(version, process.versions.node).value = 1;
  }

  /** Reads what takes files; to be awaited before `render`. */
  async prepare(): Promise<void> {
    this.#openFiles = await readDescriptors();
  }

  render(): string {
    this.#readLag();
    this.#readUsage();
    const own = [this.#lag, this.#build, this.#cpu, this.#memory, this.#start];
    const node = [this.#heapUsed, this.#heapTotal, this.#external, this.#version];
    return [...own, ...node].map((family) => family.render()).join('') + this.#openFiles;
  }

  close(): void {
    this.#loop.disable();
  }

  /** The delays that are measured contain the pause between two measurements. */
  #readLag(): void {
    const lagMs = this.#loop.count === 0 ? 0 : this.#loop.percentile(99) / 1e6 - LAG_RESOLUTION_MS;
    this.#loop.reset();
    this.#lag.with().value = Math.max(0, lagMs) / 1000;
  }

  #readUsage(): void {
    const { user, system } = process.cpuUsage();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    this.#cpu.with().value = (user + system) / 1e6;
    this.#memory.with().value = rss;
    this.#heapUsed.with().value = heapUsed;
    this.#heapTotal.with().value = heapTotal;
    this.#external.with().value = external;
  }
}

/** Open file descriptors and their limit; "" where there is no /proc. */
async function readDescriptors(): Promise<string> {
  try {
    const [open, limits] = await Promise.all([countDescriptors(), readFile('/proc/self/limits', 'latin1')]);
    const max = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return (
      lineOf('process_open_fds', 'Open file descriptors.', open) +
      lineOf('process_max_fds', 'How many file descriptors may be open.', Number(max ?? Number.POSITIVE_INFINITY))
    );
  } catch {
    return '';
  }
}

/** Since Linux 6.2 the folder's size is their number. Before, it is read in parts: there may be many thousands. */
async function countDescriptors(): Promise<number> {
  const { size } = await stat(DESCRIPTORS);
  if (size > 0) return size;
  const folder = await opendir(DESCRIPTORS, { bufferSize: READ_AT_ONCE });
  // The folder itself is one of them.
  let count = -1;
  while ((await folder.read()) !== null) count += 1;
  await folder.close();
  return count;
}

function lineOf(name: string, help: string, value: number): string {
  const family = gauge(name, help);
  family.with().value = value;
  return family.render();
}

function gauge(name: string, help: string): MetricFamily {
  return new MetricFamily({ name, help, type: 'gauge' });
}

function info(name: string, help: string, labels: readonly string[]): MetricFamily {
  return new MetricFamily({ name, help, type: 'gauge', labels });
}
