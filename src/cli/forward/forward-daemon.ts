/**
 * The daemon of a forward: its configuration, its source, its transport.
 */

import type { Config } from '../../config/config.ts';
import type { FlagValues } from '../../config/option-layer.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import type { NamesConfig } from '../../daemon/name-servers.ts';
import { createDaemon } from '../../daemon.ts';
import { createNoCapture } from '../../host/capture-none.ts';
import { systemClock } from '../../lib/clock.ts';
import { type Cidr, parseCidr } from '../../model/address.ts';
import type { Transport } from '../../model/transport.ts';
import { DEFAULT_HOST_RANGE } from '../../routing/host-addresses.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { loadConfig } from '../load-config.ts';
import { VERSION } from '../version.ts';
import { type BoundLane, configLanes } from './bound-lane.ts';
import type { ForwardRequest } from './forward-options.ts';
import type { ForwardPlan } from './forward-plan.ts';
import { createForwardSource } from './forward-source.ts';
import type { ForwardWatch } from './forward-watches.ts';
import { createPatientTransport } from './patient-transport.ts';
import { workloadService } from './pod-slices.ts';

/** Through an API server a dial takes as long as a TLS handshake, and may have to wait for it to come back. */
const CONNECT = { timeoutMs: 10_000, perTryTimeoutMs: 4_000 };

/** The configuration of a forward: the user's own, but for what is served. Throws as `loadConfig`. */
export function forwardConfig(flags: FlagValues): Config {
  const own = { mode: 'dev', source: 'kubernetes', namespace: '', lane: '' };
  const config = loadConfig({ ...flags, ...own }, process.env);
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

/** What a daemon of a forward is made of. */
export interface ForwardDaemonOptions {
  readonly config: Config;
  readonly auth: KubeAuth;
  readonly transport: Transport;
  readonly request: ForwardRequest;
  readonly namespace: string;
  readonly plan: ForwardPlan;
  readonly watches: readonly ForwardWatch[];
  readonly onError: (error: unknown) => void;
}

/** Makes it; nothing is opened before its `start`. */
export function createForwardDaemon(options: ForwardDaemonOptions): Daemon {
  const { config, auth, plan, watches, transport, onError } = options;
  const workloads = plan.planned.filter(({ found }) => found.pods !== undefined);
  const source = createForwardSource({
    auth,
    watches,
    services: workloads.map(({ found, lanes }) => workloadService(found, lanes)),
    staysWithout: (namespace, name) =>
      plan.planned.some(({ found }) => found.namespace === namespace && found.service === name),
    clock: systemClock,
    random: Math.random,
    userAgent: `svclane/${VERSION}`,
  });
  const names = namesConfig(options);
  return createDaemon(config, {
    source,
    capture: createNoCapture('a forward listens at local addresses'),
    transport: createPatientTransport(transport, systemClock, Math.random),
    clock: systemClock,
    random: Math.random,
    version: VERSION,
    onError,
    ...(names && { names }),
  });
}

function namesConfig({ config, request, namespace }: ForwardDaemonOptions): NamesConfig | undefined {
  const { dns, dnsForward, socks, hasHosts } = request;
  if (!dns && !socks && !hasHosts) return undefined;
  const isDirect = config.transport === 'direct';
  return {
    domain: 'cluster.local',
    defaultNamespace: namespace,
    ...(dns && { dns: { listen: dns, ...(dnsForward && { forward: dnsForward }) } }),
    ...(socks && { front: socks }),
    ...(hasHosts && { hosts: { range: hostRange(), udp: isDirect, headless: !isDirect } }),
  };
}
