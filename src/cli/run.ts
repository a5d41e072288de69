/**
 * `svclane run`: the daemon in the foreground.
 *
 *   SIGTERM, SIGINT: drain, then end; once more: end at once.   SIGHUP: read the configuration again.
 *   SIGUSR2: hand over to a new process, by the program that is installed.
 */

import { writeFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { FlagValues } from '../config/option-layer.ts';
import type { Daemon } from '../daemon/daemon-contract.ts';
import type { Predecessor } from '../daemon/predecessor.ts';
import { SvclaneError } from '../errors.ts';
import { createNotifier } from '../host/notify.ts';
import { removeCaptureLeftovers } from '../host/remove-leftovers.ts';
import { systemClock } from '../lib/clock.ts';
import { SocketExchange } from '../lib/socket-exchange.ts';
import { subscribeAuditLog } from '../observability/audit-log.ts';
import { subscribeLog } from '../observability/log-subscriber.ts';
import { createLogger } from '../observability/logging.ts';
import { assembleDaemon } from './assemble-daemon.ts';
import { findPredecessor } from './find-predecessor.ts';
import { createInstalledProgram, type InstalledProgram } from './installed-program.ts';
import { loadConfig } from './load-config.ts';
import { openHistory } from './open-history.ts';
import { Served } from './served.ts';
import { onSignals } from './signals.ts';
import { watchStart } from './watch-start.ts';

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
  const program = createInstalledProgram();
  const predecessor = findPredecessor();
  const reread = () => loadConfig(flags, process.env);
  try {
    const config = reread();
    if (typeof writeConfigTo === 'string') return await writeConfig(writeConfigTo, config.mode);
    return await serve(config, { reread, program, predecessor });
  } catch (error) {
    await predecessor?.fail(reasonOf(error));
    throw error;
  }
}

/** What a served daemon calls back. */
export interface ServeHooks {
  /** Reads the configuration again, for a reload. Throws as `loadConfig`. */
  readonly reread: () => Config;
  /** What a reload compares with what runs; without it nothing is handed over. */
  readonly program?: InstalledProgram;
  readonly predecessor?: Predecessor | undefined;
  /** Called once, when the first table serves. */
  readonly ready?: (daemon: Daemon) => void;
}

/** Serves a configuration until a signal; resolves with the exit code. */
export async function serve(config: Config, { reread, program, predecessor, ready }: ServeHooks): Promise<number> {
  const logger = createLogger(config.logging, {
    stream: process.stderr,
    env: process.env,
    isTTY: process.stderr.isTTY,
  });
  const unsubscribe = subscribeLog(logger, { accessLog: () => served.config.logging.accessLog, clock: systemClock });
  const endAudit = subscribeAuditLog(logger);
  const sockets = new SocketExchange(predecessor?.take);
  const { history, file: historyFile } = await openHistory(config, logger);
  const daemon = await assembleDaemon(config, logger, {
    sockets,
    predecessor,
    history,
    reload: async () => served.reloadByRequest(),
  });
  const notifier = createNotifier({
    env: process.env,
    clock: systemClock,
    healthy: () => daemon.isAlive(),
    onError: (error, fatal) => logger.warn({ err: error.message, fatal }, 'cannot tell systemd'),
  });
  const served = new Served({ daemon, config, notifier, logger, sockets, predecessor, historyFile, reread, program });
  // Timers of the daemon do not keep a process alive, and before the first table there may be no socket that does.
  const alive = setInterval(() => undefined, ALIVE_MS);
  const signals = onSignals({
    stop: (again) => served.stop(again),
    reload: () => served.reload(),
    handOver: () => served.handOver(),
  });
  try {
    await begin(daemon, config, predecessor);
    if (!served.isStopping) {
      await served.started();
      ready?.(daemon);
    }
    await daemon.closed;
    return served.exitCode;
  } catch (error) {
    // The predecessor goes on at once; what we have accepted meanwhile gets its time.
    await predecessor?.fail(reasonOf(error));
    throw error;
  } finally {
    await daemon.close({ graceMs: predecessor ? config.defaults.drain.graceMs : 0 });
    clearInterval(alive);
    signals.close();
    await served.close();
    await historyFile?.close();
    endAudit();
    unsubscribe();
  }
}

/** Resolves when the first table serves, and where there is a predecessor, when it has let go. */
async function begin(daemon: Daemon, { mode }: Config, predecessor: Predecessor | undefined): Promise<void> {
  if (predecessor === undefined) return watchStart(daemon, mode);
  predecessor.carry = daemon.reply;
  await Promise.race([watchStart(daemon, mode), predecessor.lost]);
  await Promise.race([predecessor.serving(), daemon.closed]);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function cleanUp(): Promise<number> {
  const removed = await removeCaptureLeftovers();
  for (const what of removed) console.log(`removed ${what}`);
  if (removed.length === 0) console.log('nothing to remove');
  return 0;
}

async function writeConfig(path: string, mode: Config['mode']): Promise<number> {
  const { writeDefaults } = await import('../config/format-config.ts');
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
