/**
 * The admin API's app: every path, behind the check of who asks.
 */

import { type Clock, systemClock } from '../lib/clock.ts';
import { addAccessCheck, type Reach } from './access.ts';
import { addChangeAudit } from './audit-changes.ts';
import { addBundleRoute } from './bundle-route.ts';
import { addChangeRoutes } from './change-routes.ts';
import { addEventStream } from './event-stream.ts';
import { addExplainRoutes } from './explain-routes.ts';
import { addFaultRoutes } from './fault-routes.ts';
import { createHttpApp, type HttpApp } from './http-app.ts';
import { addLiveRoutes } from './live-routes.ts';
import { addObjectRoutes } from './object-rows.ts';
import { addOpenApi } from './openapi.ts';
import { addOperationsRoutes } from './operations-routes.ts';
import { addOverrideRoutes } from './override-routes.ts';
import { addRatesRoute } from './rates-route.ts';
import { addUiRoutes } from './ui-routes.ts';
import type { AdminView } from './view.ts';

export interface AdminAppOptions {
  /** Default: a socket. */
  readonly reach?: Reach;
  /** Default: there is none, so that nothing can be changed. */
  readonly token?: () => string | undefined;
  /** Default: yes, with the token. */
  readonly allowMutations?: boolean;
  /** Whether the page is served; default: no. */
  readonly ui?: boolean;
  readonly clock?: Clock;
}

/** The app without a socket, for the server, and for tests by `inject`. */
export function buildAdminApp(view: AdminView, options: AdminAppOptions = {}): HttpApp {
  const { reach = 'socket', token = () => undefined, allowMutations = true, ui = false, clock = systemClock } = options;
  const app = createHttpApp();
  addChangeAudit(app);
  addAccessCheck(app, { reach, token, allowMutations });
  addOpenApi(app, () => {
    addExplainRoutes(app, view);
    addLiveRoutes(app, view);
    addObjectRoutes(app, view);
    addRatesRoute(app, clock);
    addEventStream(app, view, clock);
    addChangeRoutes(app, view);
    addOverrideRoutes(app, view);
    addFaultRoutes(app, view);
    addOperationsRoutes(app, view);
    addBundleRoute(app, view);
    if (ui) addUiRoutes(app);
  });
  return app;
}
