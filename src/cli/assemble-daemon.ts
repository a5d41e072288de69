/**
 * Makes a daemon from a configuration: its source, its capture, its transport.
 */

import type { Config } from '../config/config.ts';
import type { Daemon, DaemonDeps } from '../daemon/daemon-contract.ts';
import type { Inheritance } from '../daemon/inheritance.ts';
import { createDaemon } from '../daemon.ts';
import { createCapture } from '../host/capture.ts';
import { systemClock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Source } from '../model/source.ts';
import type { Logger } from '../observability/logging.ts';
import type { History } from '../routing/history.ts';
import type { KubeAuth } from '../source/kubernetes/auth.ts';
import { createTransportFor } from './create-transport-for.ts';
import { VERSION } from './version.ts';

/** What a daemon gets of the process that it runs in. */
export interface Surroundings {
  /** The processes before and after this one. */
  readonly sockets: SocketExchange;
  readonly predecessor: Inheritance | undefined;
  readonly history: History;
  readonly reload?: DaemonDeps['reload'];
}

/** Nothing is bound or sent yet. Throws `SVL_KUBECONFIG`, `SVL_MANIFESTS_UNREADABLE`, `SVL_CAPTURE`. */
export async function assembleDaemon(
  config: Config,
  logger: Logger,
  { sockets, predecessor, history, reload }: Surroundings,
): Promise<Daemon> {
  const { source, auth } = await openSource(config);
  const { transport, load, close } = createTransportFor(config.transport, auth, ({ name, reason }) =>
    logger.info({ transport: name, why: reason }, `transport: ${name}`),
  );
  // The first dial is not to wait for it.
  void load();
  const capture = await createCapture({ type: config.host.capture, clock: systemClock, sockets });
  logger.info({ capture: capture.type, why: capture.reason }, `capture of Service addresses: ${capture.type}`);
  const daemon = createDaemon(config, {
    source,
    capture,
    transport,
    clock: systemClock,
    random: Math.random,
    version: VERSION,
    sockets,
    history,
    reload,
    ...(predecessor && { inheritance: predecessor }),
    onError: (error) => logger.error({ err: error instanceof Error ? error.stack : String(error) }, 'unexpected error'),
  });
  // Not before the flows have drained: they go through it.
  void daemon.closed.then(close);
  return daemon;
}

/** Where objects come from; `auth` `undefined` = it is no cluster. */
interface Opened {
  readonly source: Source;
  readonly auth: KubeAuth | undefined;
}

async function openSource(config: Config): Promise<Opened> {
  const { source, clientConnection, nodeName } = config;
  if (source.type === 'manifests') {
    const { checkManifestsPath } = await import('../source/manifests/check-manifests-path.ts');
    const { createManifestsSource } = await import('../source/manifests/manifests-source.ts');
    checkManifestsPath(source.path);
    return {
      source: createManifestsSource({ path: source.path, clock: systemClock, nodeName }),
      auth: undefined,
    };
  }
  const { loadKubeAuth } = await import('../source/kubernetes/auth.ts');
  const auth = await loadKubeAuth({ ...clientConnection, env: process.env });
  return { source: await createSource(config, auth), auth };
}

async function createSource({ scope, nodeName, serviceProxyName }: Config, auth: KubeAuth): Promise<Source> {
  const { createKubernetesSource } = await import('../source/kubernetes/kubernetes-source.ts');
  const watched = createKubernetesSource({
    auth,
    namespaces: scope.namespaces,
    nodeName,
    serviceProxyName,
    clock: systemClock,
    random: Math.random,
    userAgent: `svclane/${VERSION}`,
  });
  return {
    kinds: watched.kinds,
    start: (sink) => watched.start(sink),
    status: () => watched.status(),
    async close() {
      await watched.close();
      await auth.close();
    },
  };
}
