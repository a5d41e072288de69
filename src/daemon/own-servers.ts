/**
 * The daemon's own servers: admin, health and metrics, as far as the configuration wants them.
 */

import { createAdminServer } from '../admin/admin-server.ts';
import { createHealthServer, type HealthView } from '../admin/health-server.ts';
import { createMetricsServer } from '../admin/metrics-server.ts';
import type { AdminServer, ServerContext } from '../admin/serve-app.ts';
import type { AdminView } from '../admin/view.ts';
import type { Config } from '../config/config.ts';

export interface ServedViews {
  readonly view: AdminView;
  readonly health: HealthView;
  readonly metrics: Parameters<typeof createMetricsServer>[0];
}

/** Nothing listens before they are started. Throws `SVL_LISTEN` for an address that is none. */
export function createOwnServers(
  { admin, health, metrics }: Config,
  views: ServedViews,
  context: ServerContext,
): readonly AdminServer[] {
  return [
    ...(admin.listen === '' ? [] : [createAdminServer(views.view, { ...admin, ...context })]),
    ...(health.bindAddress === '' ? [] : [createHealthServer(views.health, { ...health, ...context })]),
    ...(metrics.bindAddress === '' ? [] : [createMetricsServer(views.metrics, { ...metrics, ...context })]),
  ];
}
