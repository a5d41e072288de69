/**
 * How flows are served, by default and for some Services: from the file's form to the Config's, and back.
 */

import { formatDuration, parseDuration } from '../lib/duration.ts';
import type { Config, ServiceOverride } from './config.ts';
import type { Settings } from './schema.ts';

type Defaults = Config['defaults'];
type DefaultSettings = Settings['defaults'];
type OverrideSettings = Settings['services'][number];

/** The defaults that checked settings mean. */
export function buildDefaults(settings: DefaultSettings): Defaults {
  const { algorithm, connect, onEmpty, ejection, proxyProtocol, drain, udp, limits } = settings;
  return {
    algorithm,
    connect: { timeoutMs: ms(connect.timeout), tries: connect.tries, perTryTimeoutMs: ms(connect.perTryTimeout) },
    onEmpty: { action: onEmpty.action, maxWaitMs: ms(onEmpty.maxWait), maxQueued: onEmpty.maxQueued },
    ejection: {
      consecutiveFailures: ejection.consecutiveFailures,
      baseMs: ms(ejection.base),
      maxMs: ms(ejection.max),
      maxPercent: ejection.maxPercent,
    },
    proxyProtocol,
    drain: { graceMs: ms(drain.grace) },
    udp: { balance: udp.balance, idleTimeoutMs: ms(udp.idleTimeout), maxFlows: udp.maxFlows },
    limits: {
      maxConnections: limits.maxConnections,
      maxConnectionsPerService: limits.maxConnectionsPerService,
      maxConnectionsPerClient: limits.maxConnectionsPerClient,
      idleTimeoutMs: ms(limits.idleTimeout),
    },
  };
}

/** The settings that say the same. */
export function defaultsOf(defaults: Defaults): DefaultSettings {
  const { algorithm, connect, onEmpty, ejection, proxyProtocol, drain, udp, limits } = defaults;
  return {
    algorithm,
    connect: {
      timeout: formatDuration(connect.timeoutMs),
      tries: connect.tries,
      perTryTimeout: formatDuration(connect.perTryTimeoutMs),
    },
    onEmpty: { action: onEmpty.action, maxWait: formatDuration(onEmpty.maxWaitMs), maxQueued: onEmpty.maxQueued },
    ejection: {
      consecutiveFailures: ejection.consecutiveFailures,
      base: formatDuration(ejection.baseMs),
      max: formatDuration(ejection.maxMs),
      maxPercent: ejection.maxPercent,
    },
    proxyProtocol,
    drain: { grace: formatDuration(drain.graceMs) },
    udp: { balance: udp.balance, idleTimeout: formatDuration(udp.idleTimeoutMs), maxFlows: udp.maxFlows },
    limits: {
      maxConnections: limits.maxConnections,
      maxConnectionsPerService: limits.maxConnectionsPerService,
      maxConnectionsPerClient: limits.maxConnectionsPerClient,
      idleTimeout: formatDuration(limits.idleTimeoutMs),
    },
  };
}

/** The override that checked settings mean. */
export function buildOverride({ match, connect, onEmpty, ...rest }: OverrideSettings): ServiceOverride {
  return {
    match: { namespace: match.namespace ?? '', name: match.name ?? '' },
    ...rest,
    ...(connect && {
      connect: {
        ...(connect.timeout !== undefined && { timeoutMs: ms(connect.timeout) }),
        ...(connect.tries !== undefined && { tries: connect.tries }),
        ...(connect.perTryTimeout !== undefined && { perTryTimeoutMs: ms(connect.perTryTimeout) }),
      },
    }),
    ...(onEmpty && {
      onEmpty: {
        ...(onEmpty.action !== undefined && { action: onEmpty.action }),
        ...(onEmpty.maxWait !== undefined && { maxWaitMs: ms(onEmpty.maxWait) }),
        ...(onEmpty.maxQueued !== undefined && { maxQueued: onEmpty.maxQueued }),
      },
    }),
  };
}

/** The settings that say the same. */
export function overrideOf({ match, connect, onEmpty, ...rest }: ServiceOverride): OverrideSettings {
  return {
    match: { ...match },
    ...rest,
    ...(connect && {
      connect: {
        ...(connect.timeoutMs !== undefined && { timeout: formatDuration(connect.timeoutMs) }),
        ...(connect.tries !== undefined && { tries: connect.tries }),
        ...(connect.perTryTimeoutMs !== undefined && { perTryTimeout: formatDuration(connect.perTryTimeoutMs) }),
      },
    }),
    ...(onEmpty && {
      onEmpty: {
        ...(onEmpty.action !== undefined && { action: onEmpty.action }),
        ...(onEmpty.maxWaitMs !== undefined && { maxWait: formatDuration(onEmpty.maxWaitMs) }),
        ...(onEmpty.maxQueued !== undefined && { maxQueued: onEmpty.maxQueued }),
      },
    }),
  };
}

/** The schema has checked before that the text can be parsed. */
function ms(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new TypeError('settings were not checked');
  return parsed;
}
