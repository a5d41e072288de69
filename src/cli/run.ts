/**
 * `svclane run`: the daemon in the foreground.
 *
 *   SIGTERM, SIGINT: drain, then end; once more: end at once.   SIGHUP: read the configuration again.
 */

import { writeFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { writeDefaults } from '../config/format-config.ts';
import type { FlagValues } from '../config/option-layer.ts';
import type { Daemon } from '../daemon.ts';
import { SvclaneError } from '../errors.ts';
import { createNotifier, type Notifier } from '../host/notify.ts';
import { removeCaptureLeftovers } from '../host/remove-leftovers.ts';
import { systemClock } from '../lib/clock.ts';
import { subscribeLog } from '../observability/log-subscriber.ts';
import { createLogger, type Logger } from '../observability/logging.ts';
import { assembleDaemon } from './assemble-daemon.ts';
import { loadConfig } from './load-config.ts';
import { reloadConfig } from './reload-config.ts';
import { onSignals } from './signals.ts';
import { statusLine } from './status-line.ts';
import { watchStart } from './watch-start.ts';

/** How long systemd is asked to wait beyond the grace period. */
const STOP_MARGIN_MS = 10_000;
const STATUS_MS = 2_000;
const ALIVE_MS = 60_000;

/** The options of `run` that are no configuration. */
export interface RunOptions {
  readonly cleanup: boolean;
  /** A file to write the defaults to. */
  readonly writeConfigTo: unknown;
}

/** Runs until a signal; resolves with the exit code. Throws before anything is bound when the configuration is wrong. */
export async function runCommand(flags: FlagValues, { cleanup, writeConfigTo }: RunOptions): Promise<number> {
  if (cleanup) return cleanUp();
  const config = loadConfig(flags, process.env);
  if (typeof writeConfigTo === 'string') return writeConfig(writeConfigTo, config.mode);
  return serve(config, { reread: () => loadConfig(flags, process.env) });
}

/** What a served daemon calls back. */
export interface ServeHooks {
  /** Reads the configuration again, for a reload. Throws as `loadConfig`. */
  readonly reread: () => Config;
  /** Called once, when the first table serves. */
  readonly ready?: (daemon: Daemon) => void;
}

/** Serves a configuration until a signal; resolves with the exit code. */
export async function serve(config: Config, hooks: ServeHooks): Promise<number> {
  const logger = createLogger(config.logging, {
    stream: process.stderr,
    env: process.env,
    isTTY: process.stderr.isTTY,
  });
  const unsubscribe = subscribeLog(logger, { accessLog: () => served.config.logging.accessLog, clock: systemClock });
  const daemon = await assembleDaemon(config, logger);
  const notifier = createNotifier({
    env: process.env,
    clock: systemClock,
    healthy: () => daemon.isAlive(),
    onError: (error, fatal) => logger.warn({ err: error.message, fatal }, 'cannot tell systemd'),
  });
  const served = new Served(daemon, config, notifier, logger);
  // Timers of the daemon do not keep a process alive, and before the first table there may be no socket that does.
  const alive = setInterval(() => undefined, ALIVE_MS);
  const signals = onSignals({
    stop: (again) => served.stop(again),
    reload: () => served.reload(hooks.reread),
  });
  try {
    await watchStart(daemon, config.mode);
    if (!served.isStopping) {
      served.started();
      hooks.ready?.(daemon);
    }
    await daemon.closed;
    return 0;
  } finally {
    await daemon.close();
    clearInterval(alive);
    signals.close();
    await served.close();
    unsubscribe();
  }
}

/** A daemon between its start and its end, as systemd and signals see it. */
class Served {
  isStopping = false;
  /** The one in force: a reload replaces it. */
  config: Config;
  readonly #daemon: Daemon;
  readonly #notifier: Notifier;
  readonly #logger: Logger;
  #status: NodeJS.Timeout | undefined;

  constructor(daemon: Daemon, config: Config, notifier: Notifier, logger: Logger) {
    this.#daemon = daemon;
    this.config = config;
    this.#notifier = notifier;
    this.#logger = logger;
  }

  started(): void {
    this.#notifier.ready(statusLine(this.#daemon, systemClock.now()));
    this.#status = setInterval(() => this.#notifier.status(statusLine(this.#daemon, systemClock.now())), STATUS_MS);
  }

  stop(again: boolean): void {
    const graceMs = again ? 0 : this.config.defaults.drain.graceMs;
    if (!this.isStopping) {
      this.isStopping = true;
      this.#logger.info({ reason: 'Stopping', graceMs, flows: this.#daemon.counts().tcpFlows }, 'stopping');
      this.#notifier.stopping(`draining ${this.#daemon.counts().tcpFlows} connections`);
      this.#notifier.extendTimeout(graceMs + STOP_MARGIN_MS);
    }
    this.#daemon
      .close({ graceMs })
      .catch((error: unknown) => this.#logger.error({ err: String(error) }, 'stop failed'));
  }

  reload(reread: () => Config): void {
    this.#notifier.reloading();
    this.config = reloadConfig(this.#daemon, this.config, reread, this.#logger);
    this.#notifier.ready(statusLine(this.#daemon, systemClock.now()));
  }

  async close(): Promise<void> {
    clearInterval(this.#status);
    await this.#notifier.close();
  }
}

async function cleanUp(): Promise<number> {
  const removed = await removeCaptureLeftovers();
  for (const what of removed) console.log(`removed ${what}`);
  if (removed.length === 0) console.log('nothing to remove');
  return 0;
}

function writeConfig(path: string, mode: Config['mode']): number {
  try {
    writeFileSync(path, writeDefaults(mode), { flag: 'wx' });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_CONFIG_UNREADABLE', `cannot write ${path}: ${reason}`, {
      cause,
      hint: 'name a new file',
    });
  }
  console.log(`wrote the defaults of mode ${mode} to ${path}`);
  return 0;
}
