/**
 * Settings in the file's form to the Config that svclane reads, and back.
 */

import { formatDuration, parseDuration } from '../lib/duration.ts';
import { formatHostPort, parseCidr } from '../model/address.ts';
import { defaultAdminListen, parseAdminListen } from './admin-listen.ts';
import { formatAdminToken, parseAdminToken } from './admin-token.ts';
import { buildDefaults, buildOverride, defaultsOf, overrideOf } from './build-defaults.ts';
import { buildLane } from './build-lane.ts';
import type { Config, Lane } from './config.ts';
import { DEFAULT_HEALTH_PORT, DEFAULT_METRICS_PORT } from './default-ports.ts';
import { parseHostPort } from './host-port.ts';
import type { Env } from './option-layer.ts';
import type { Settings } from './schema.ts';

/** The Config that checked settings mean. `nodeName` is the one that the machine has, used where none is set. */
export function buildConfig(settings: Settings, nodeName: string, env: Env): Config {
  const { defaults, frontends, admin, mode, scope } = settings;
  return {
    ...settings,
    source: buildSource(settings.source),
    nodeName: settings.nodeName === '' ? nodeName : canonicalNodeName(settings.nodeName),
    clusterCIDR: settings.clusterCIDR.map((text) => valid(parseCidr(text))),
    frontends: {
      ...frontends,
      nodePortAddresses: frontends.nodePortAddresses.map((text) => parseCidr(text)?.text ?? text),
    },
    defaults: buildDefaults(defaults),
    services: settings.services.map(buildOverride),
    lanes: settings.lanes.map((entry) => validLane(buildLane(entry, scope.namespaces))),
    health: { bindAddress: canonicalBind(settings.health.bindAddress, DEFAULT_HEALTH_PORT) },
    metrics: {
      ...settings.metrics,
      bindAddress: canonicalBind(settings.metrics.bindAddress, DEFAULT_METRICS_PORT),
    },
    history: buildHistory(settings.history),
    admin: {
      ...admin,
      listen: admin.listen === 'auto' ? defaultAdminListen(mode, env) : (parseAdminListen(admin.listen) ?? ''),
      token: parseAdminToken(admin.token, mode, env),
    },
  };
}

/** The settings that say the same as a Config; the token's `auto` does so in the same environment. */
export function settingsOf(config: Config): Settings {
  const { defaults, source, lanes, scope, frontends } = config;
  return {
    mode: config.mode,
    source: source.type === 'kubernetes' ? 'kubernetes' : `file:${source.path}`,
    clientConnection: { ...config.clientConnection },
    nodeName: config.nodeName,
    serviceProxyName: config.serviceProxyName,
    scope: { namespaces: [...scope.namespaces] },
    clusterCIDR: config.clusterCIDR.map(({ text }) => text),
    transport: config.transport,
    frontends: { ...frontends, nodePortAddresses: [...frontends.nodePortAddresses] },
    host: { ...config.host },
    workers: config.workers,
    defaults: defaultsOf(defaults),
    services: config.services.map(overrideOf),
    lanes: lanes.map(laneOf),
    health: { ...config.health },
    metrics: { ...config.metrics },
    admin: { ...config.admin, token: formatAdminToken(config.admin.token) },
    history: historyOf(config.history),
    logging: { ...config.logging },
  };
}

/** A Node's name as the API has it. Source: kubelet and kube-proxy trim and lower the host name. */
export function canonicalNodeName(text: string): string {
  return text.trim().toLowerCase();
}

function buildHistory({ maxAge, ...rest }: Settings['history']): Config['history'] {
  return { ...rest, maxAgeMs: valid(parseDuration(maxAge)) };
}

function historyOf({ maxAgeMs, ...rest }: Config['history']): Settings['history'] {
  return { ...rest, maxAge: formatDuration(maxAgeMs) };
}

function buildSource(text: string): Config['source'] {
  return text === 'kubernetes' ? { type: 'kubernetes' } : { type: 'manifests', path: text.slice('file:'.length) };
}

function laneOf({ service, namespace, address, localPort, port, protocol }: Lane): Settings['lanes'][number] {
  if (protocol === 'SCTP') throw new TypeError('a lane has protocol TCP or UDP');
  return { target: `svc/${service}`, namespace, listen: formatHostPort(address, localPort), port, protocol };
}

function canonicalBind(text: string, defaultPort: number): string {
  if (text === '') return '';
  const { address, port } = valid(parseHostPort(text, defaultPort));
  return formatHostPort(address, port);
}

function validLane(lane: Lane | string | undefined): Lane {
  return valid(typeof lane === 'string' ? undefined : lane);
}

/** The schema has checked before that the text can be parsed. */
function valid<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('settings were not checked');
  return value;
}
