/**
 * The health server: `/livez`, `/readyz`, `/healthz`, and nothing else.
 *
 * Load balancers and kubelets reach it from outside, so it tells nothing but health (the lesson of CVE-2019-11248).
 */

import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { channels } from '../observability/channels.ts';
import { createHttpApp, type HttpApp } from './http-app.ts';
import type { HealthAnswer, ProxyHealth } from './proxy-health.ts';
import { type AdminServer, type ServerContext, serveApp } from './serve-app.ts';

/** One thing that has to be in order. `detail` says what is not, "" where nothing is to be said. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What the health server reads. */
export interface HealthView {
  readonly health: ProxyHealth;
  /** Beside the lateness of syncs: event loop, wedged watch. Never the Node's drain. */
  liveChecks(): readonly Check[];
  /** First sync done, required listeners bound. */
  readyChecks(): readonly Check[];
}

/** Creates the health server at `address:port`. A bad address throws `SVL_LISTEN`; a failing bind never does. */
export function createHealthServer(
  view: HealthView,
  { bindAddress, ...context }: { readonly bindAddress: string } & ServerContext,
): AdminServer {
  return serveApp(buildHealthApp(view), 'health', bindAddress, context);
}

const VERBOSE = Type.Object({ verbose: Type.Optional(Type.String()) });
const STRICT = Type.Object({ strict: Type.Optional(Type.String()) });

/** The app without a socket, for tests by `inject`. */
export function buildHealthApp(view: HealthView): HttpApp {
  const app = createHttpApp();
  app.get('/healthz', { schema: { querystring: STRICT } }, (request, reply) =>
    sendHealth(reply, 'healthz', view.health.healthz({ strict: isOn(request.query.strict) })),
  );
  app.get('/livez', { schema: { querystring: VERBOSE } }, (request, reply) => {
    const checks = view.liveChecks();
    const answer = view.health.livez({ alive: checks.every(({ ok }) => ok) });
    if (!isOn(request.query.verbose)) return sendHealth(reply, 'livez', answer);
    channels.healthAnswered.publish({ endpoint: 'livez', status: answer.status });
    const sync = { name: 'sync', ok: answer.body.healthy, detail: answer.body.healthy ? '' : 'a sync is overdue' };
    return sendChecks(reply, 'livez', [sync, ...checks], true);
  });
  app.get('/readyz', { schema: { querystring: VERBOSE } }, (request, reply) =>
    sendChecks(reply, 'readyz', view.readyChecks(), isOn(request.query.verbose)),
  );
  return app;
}

function sendHealth(reply: FastifyReply, endpoint: 'healthz' | 'livez', { status, body }: HealthAnswer): FastifyReply {
  channels.healthAnswered.publish({ endpoint, status });
  return reply
    .code(status)
    .headers({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    .serializer(JSON.stringify)
    .send(body);
}

/** `ok`, or the list of checks as the API server prints it: always when one fails. */
function sendChecks(reply: FastifyReply, name: string, checks: readonly Check[], verbose: boolean): FastifyReply {
  const ok = checks.every((check) => check.ok);
  const lines = checks.map((check) => `${check.ok ? '[+]' : '[-]'}${check.name} ${wordOf(check)}\n`).join('');
  const text = ok && !verbose ? 'ok' : `${lines}${name} check ${ok ? 'passed' : 'failed'}\n`;
  return reply
    .code(ok ? 200 : 503)
    .headers({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
    .send(text);
}

function wordOf({ ok, detail }: Check): string {
  if (detail === '') return ok ? 'ok' : 'failed';
  return ok ? `ok: ${detail}` : `failed: ${detail}`;
}

/** `?strict`, `?strict=1`, `?strict=true`: on; `?strict=0` and `?strict=false`: off. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value !== 'false';
}
