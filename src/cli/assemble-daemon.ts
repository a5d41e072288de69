/**
 * Makes a daemon from a configuration: its source, its capture, its transport.
 */

import type { Config } from '../config/config.ts';
import { createDaemon, type Daemon } from '../daemon.ts';
import { createCapture } from '../host/capture.ts';
import { systemClock } from '../lib/clock.ts';
import type { Source } from '../model/source.ts';
import type { Logger } from '../observability/logging.ts';
import { createDirectTransport } from '../transport/direct.ts';
import { VERSION } from './version.ts';

/** Nothing is bound or sent yet. Throws `SVL_KUBECONFIG`, `SVL_MANIFESTS_UNREADABLE`, `SVL_CAPTURE`. */
export async function assembleDaemon(config: Config, logger: Logger): Promise<Daemon> {
  const source = await createSource(config);
  const capture = await createCapture({ type: config.host.capture, clock: systemClock });
  logger.info({ capture: capture.type, why: capture.reason }, `capture of Service addresses: ${capture.type}`);
  return createDaemon(config, {
    source,
    capture,
    transport: createDirectTransport(),
    clock: systemClock,
    random: Math.random,
    version: VERSION,
    onError: (error) => logger.error({ err: error instanceof Error ? error.stack : String(error) }, 'unexpected error'),
  });
}

async function createSource({ source, clientConnection, scope, nodeName, serviceProxyName }: Config): Promise<Source> {
  if (source.type === 'manifests') {
    const { checkManifestsPath } = await import('../source/manifests/check-manifests-path.ts');
    const { createManifestsSource } = await import('../source/manifests/manifests-source.ts');
    checkManifestsPath(source.path);
    return createManifestsSource({ path: source.path, clock: systemClock, nodeName });
  }
  const { createKubernetesSource } = await import('../source/kubernetes/kubernetes-source.ts');
  const { loadKubeAuth } = await import('../source/kubernetes/auth.ts');
  const auth = await loadKubeAuth({ ...clientConnection, env: process.env });
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
