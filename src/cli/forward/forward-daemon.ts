/**
 * The daemon of a forward: its source, its transport.
 */

import type { Config } from '../../config/config.ts';
import type { Daemon } from '../../daemon/daemon-contract.ts';
import type { NamesConfig } from '../../daemon/name-servers.ts';
import { createDaemon } from '../../daemon.ts';
import { createNoCapture } from '../../host/capture-none.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Transport } from '../../model/transport.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { VERSION } from '../version.ts';
import type { EarlyLists } from './early-lists.ts';
import { hostRange } from './forward-config.ts';
import type { ForwardRequest } from './forward-options.ts';
import type { ForwardPlan } from './forward-plan.ts';
import { createForwardSource } from './forward-source.ts';
import { createPatientTransport } from './patient-transport.ts';
import { workloadService } from './pod-slices.ts';
import type { ForwardWatch } from './service-watches.ts';

/** What a daemon of a forward is made of. */
export interface ForwardDaemonOptions {
  readonly config: Config;
  readonly auth: KubeAuth;
  readonly transport: Transport;
  readonly request: ForwardRequest;
  readonly namespace: string;
  readonly plan: ForwardPlan;
  readonly watches: readonly ForwardWatch[];
  readonly early: EarlyLists;
  /** Hears, in words, of what happens to Services that were named. */
  readonly tell: (line: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Makes it; nothing is opened before its `start`. */
export function createForwardDaemon(options: ForwardDaemonOptions): Daemon {
  const { config, auth, plan, watches, early, transport, tell, onError } = options;
  const workloads = plan.planned.filter(({ found }) => found.pods !== undefined);
  const source = createForwardSource({
    auth,
    watches,
    early,
    services: workloads.map(({ found, lanes }) => workloadService(found, lanes)),
    staysWithout: (namespace, name) =>
      plan.planned.some(({ found, isChosen }) => !isChosen && found.namespace === namespace && found.service === name),
    tell,
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
    servesLater: true,
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
