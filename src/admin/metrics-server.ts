/**
 * The metrics server: `/metrics` for Prometheus, and what kube-proxy's has beside it.
 */

import { Readable } from 'node:stream';
import { createHttpApp, type HttpApp } from './http-app.ts';
import { type AdminServer, type ServerContext, serveApp } from './serve-app.ts';

/** What the metrics server reads. */
export interface MetricsView {
  /** Everything in the Prometheus text format, in parts that are made while they are read. */
  renderMetrics(): AsyncIterable<string>;
}

/** Creates the metrics server at `address:port`; kube-proxy's default is 127.0.0.1:10249. A failing bind never throws. */
export function createMetricsServer(
  view: MetricsView,
  { bindAddress, ...context }: { readonly bindAddress: string } & ServerContext,
): AdminServer {
  return serveApp(buildMetricsApp(view), 'metrics', bindAddress, context);
}

/** The app without a socket, for tests by `inject`. */
export function buildMetricsApp(view: MetricsView): HttpApp {
  const app = createHttpApp();
  app.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(Readable.from(view.renderMetrics())),
  );
  app.get('/proxyMode', (_request, reply) => reply.type('text/plain; charset=utf-8').send('svclane'));
  app.get('/healthz', (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok'));
  return app;
}
