/**
 * Targets: what stands between load and backends.
 */

import type { Backends } from './backends.ts';

export const TARGET_NAMES = ['direct', 'haproxy', 'nginx', 'svclane'] as const;
/** svclane with so many workers: measured where they are asked for. */
export const WORKER_TARGET_NAMES = ['svclane-2', 'svclane-4'] as const;
/** `svclane-bare` is for measuring what telemetry costs: no user can run it. */
export type TargetName = (typeof TARGET_NAMES)[number] | (typeof WORKER_TARGET_NAMES)[number] | 'svclane-bare';

/** What a target forwards: the first three are TCP. */
export const SERVICES = ['bulk', 'http', 'echo', 'udp'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** One port of a proxy and the backend behind it. */
export interface Forward {
  /** Unique; that of the service, but for listeners more than one. */
  readonly name: string;
  readonly service: ServiceName;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly backendPort: number;
}

/** A target that serves, all on 127.0.0.1. */
export interface Target {
  readonly name: TargetName;
  /** `undefined` = this target does not do UDP. */
  port(service: ServiceName): number | undefined;
  /** CPU seconds used so far by all its processes; 0 for direct. */
  cpuSeconds(): number;
  /** Memory of all its processes that is theirs alone or shared, in bytes; 0 for direct. */
  rssBytes(): number;
  stop(): Promise<void>;
}

/** `extraListeners` are TCP listeners more for the service `echo`, that nobody uses. */
export interface TargetOptions {
  readonly backends: Backends;
  /** An empty folder for this target alone. */
  readonly folder: string;
  readonly extraListeners: number;
  /** svclane's main file. */
  readonly main: string;
}
