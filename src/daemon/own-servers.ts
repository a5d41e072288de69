/**
 * The daemon's own servers: admin, health and metrics, as far as the configuration wants them.
 *
 * What they are made of is loaded when they are started: it takes longer than all else that a daemon needs.
 */

import type { HealthView } from '../admin/health-server.ts';
import type { createMetricsServer } from '../admin/metrics-server.ts';
import type { AdminServer, ServerContext } from '../admin/serve-app.ts';
import type { AdminView } from '../admin/view.ts';
import type { Config } from '../config/config.ts';
import { LateServer } from './late-server.ts';

export interface ServedViews {
  readonly view: AdminView;
  readonly health: HealthView;
  readonly metrics: Parameters<typeof createMetricsServer>[0];
}

/** Nothing listens before they are started; `start` rejects with `SVL_LISTEN` for an address that is none. */
export function createOwnServers(
  { admin, health, metrics }: Config,
  views: ServedViews,
  context: ServerContext,
): readonly AdminServer[] {
  const adminServer = async (): Promise<AdminServer> => {
    const { createAdminServer } = await import('../admin/admin-server.ts');
    return createAdminServer(views.view, { ...admin, ...context });
  };
  const healthServer = async (): Promise<AdminServer> => {
    const { createHealthServer } = await import('../admin/health-server.ts');
    return createHealthServer(views.health, { ...health, ...context });
  };
  const metricsServer = async (): Promise<AdminServer> => {
    const { createMetricsServer } = await import('../admin/metrics-server.ts');
    return createMetricsServer(views.metrics, { ...metrics, ...context });
  };
  return [
    ...(admin.listen === '' ? [] : [new LateServer(adminServer)]),
    ...(health.bindAddress === '' ? [] : [new LateServer(healthServer)]),
    ...(metrics.bindAddress === '' ? [] : [new LateServer(metricsServer)]),
  ];
}

/** What starts them, once, however often it is called. */
export function startOnce(servers: readonly AdminServer[]): () => Promise<void> {
  let starting: Promise<void> | undefined;
  return () => {
    starting ??= Promise.all(servers.map((server) => server.start())).then(() => {});
    return starting;
  };
}
