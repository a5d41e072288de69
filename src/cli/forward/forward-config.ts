/**
 * The configuration of a forward: the user's own, but for what is served.
 */

import type { Config } from '../../config/config.ts';
import type { FlagValues } from '../../config/option-layer.ts';
import { plainConfig } from '../../config/plain-config.ts';
import { type Cidr, parseCidr } from '../../model/address.ts';
import { DEFAULT_HOST_RANGE } from '../../routing/host-addresses.ts';
import { configFilePath } from '../config-file-path.ts';
import { type BoundLane, configLanes } from './bound-lane.ts';

/** Through an API server a dial takes as long as a TLS handshake, and may have to wait for it to come back. */
const CONNECT = { timeoutMs: 10_000, perTryTimeoutMs: 4_000 };

/** The configuration of a forward: the user's own, but for what is served. Throws as `loadConfig`. */
export async function forwardConfig(flags: FlagValues): Promise<Config> {
  const own = { mode: 'dev', source: 'kubernetes', namespace: '', lane: '' };
  const config = await ownConfig({ ...flags, ...own });
  const { connect, onEmpty } = config.defaults;
  return {
    ...config,
    frontends: {
      clusterIP: false,
      nodePorts: false,
      externalIPs: false,
      loadBalancerIPs: false,
      nodePortAddresses: [],
    },
    host: { capture: 'none' },
    defaults: {
      ...config.defaults,
      connect: {
        ...connect,
        timeoutMs: Math.max(connect.timeoutMs, CONNECT.timeoutMs),
        perTryTimeoutMs: Math.max(connect.perTryTimeoutMs, CONNECT.perTryTimeoutMs),
      },
      onEmpty: { ...onEmpty, action: 'hold' },
    },
    history: { ...config.history, file: '' },
    health: { bindAddress: '' },
    metrics: { ...config.metrics, bindAddress: '' },
  };
}

/** Who has no file is not kept waiting for what reads and checks it. */
async function ownConfig(flags: FlagValues): Promise<Config> {
  const plain = configFilePath(process.env, flags) === undefined ? plainConfig(process.env, flags) : undefined;
  if (plain !== undefined) return plain;
  const { loadConfig } = await import('../load-config.ts');
  return loadConfig(flags, process.env);
}

/** The configuration with the lanes that are to be served. */
export function withLanes(config: Config, lanes: readonly BoundLane[]): Config {
  return { ...config, lanes: lanes.flatMap(configLanes) };
}

/** Where Services get addresses of their own. */
export function hostRange(): Cidr {
  const range = parseCidr(DEFAULT_HOST_RANGE);
  if (range === undefined) throw new TypeError('the range of host addresses is no CIDR');
  return range;
}
