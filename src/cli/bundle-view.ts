/**
 * A bundle as the admin API would show it: its tables, and nothing that lives.
 */

import { listEndpoints } from '../admin/endpoint-rows.ts';
import { EventBook } from '../admin/event-book.ts';
import { answerExplain } from '../admin/explain-answer.ts';
import { listHistory } from '../admin/history-rows.ts';
import { HttpProblem } from '../admin/http-problem.ts';
import { type TableAt, tableAt, viewAt } from '../admin/revisions.ts';
import { listRoutes } from '../admin/route-rows.ts';
import { listServices } from '../admin/service-rows.ts';
import type { AdminView } from '../admin/view.ts';
import { SvclaneError } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import type { RoutingTable } from '../model/route.ts';
import { recordedAlgorithm } from '../recording/routing-config.ts';
import { DECISION_CODES, EXCLUSION_CODES } from '../routing/codes.ts';
import { decideRoute } from '../routing/decide-route.ts';
import { errorOfProblem } from './problem-error.ts';
import { type Bundle, readBundle } from './read-bundle.ts';

/** A bundle, and whether it may have been cut off. */
interface AskedBundle {
  readonly path: string;
  readonly partial: boolean;
}

/**
 * What a daemon whose past the bundle is would answer. Throws `SVL_USAGE` for what a bundle cannot have, and whatever
 * `readBundle` throws.
 */
export async function askBundle(asked: AskedBundle, path: string): Promise<unknown> {
  const { pathname, searchParams } = new URL(path, 'http://bundle');
  const answer = ANSWERS[pathname];
  if (!answer) {
    throw new SvclaneError('SVL_USAGE', `a bundle does not have what ${pathname} asks for`, {
      hint: 'it has routes, services, endpoints and their history, but nothing that lived',
    });
  }
  const bundle = await readBundle(asked.path, asked);
  try {
    return await answer(bundle, Object.fromEntries(searchParams));
  } catch (error) {
    throw error instanceof HttpProblem ? errorOfProblem(error) : error;
  }
}

const MEANINGS = { ...DECISION_CODES, ...EXCLUSION_CODES };

type Query = Readonly<Record<string, string>>;

interface ListedQuery {
  readonly namespace?: string;
  readonly service?: string;
  readonly since?: string;
  readonly at?: string;
  readonly limit?: number;
  readonly continue?: string;
}

const ANSWERS: Readonly<Record<string, (bundle: Bundle, query: Query) => unknown>> = {
  '/v1/explain': explain,
  '/v1/history': (bundle, query) => listHistory(viewOf(bundle), listQuery(query)),
  '/v1/routes': async (bundle, query) => listRoutes(await viewAt(viewOf(bundle), query.at), listQuery(query)),
  '/v1/services': async (bundle, query) => listServices(await viewAt(viewOf(bundle), query.at), listQuery(query)),
  '/v1/endpoints': async (bundle, query) => listEndpoints(await viewAt(viewOf(bundle), query.at), listQuery(query)),
};

async function explain(bundle: Bundle, query: Query): Promise<unknown> {
  const view = viewOf(bundle);
  const { table, atMs } = await tableAt(view, query.at);
  const { history, serviceProxyName } = view;
  return answerExplain({ table, atMs, history, serviceProxyName, algorithm: (route) => view.algorithm(route) }, query);
}

/** The query of a list, whose limit is a number. */
function listQuery({ namespace, service, since, at, limit, continue: token }: Query): ListedQuery {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(service !== undefined && { service }),
    ...(since !== undefined && { since }),
    ...(at !== undefined && { at }),
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(token !== undefined && { continue: token }),
  };
}

/** Its newest table is the one in force. */
function viewOf({ header, history }: Bundle): AdminView {
  const { table, atMs } = newestOf(history);
  const nothing = async (): Promise<false> => false;
  const view: AdminView = {
    version: header.svclane,
    mode: 'node',
    startedAtMs: atMs,
    now: () => atMs,
    config: () => header.config,
    table: (): RoutingTable => table,
    history,
    serviceProxyName: header.serviceProxyName,
    events: new EventBook(systemClock),
    listener: () => undefined,
    idleReason(route) {
      const { reason } = decideRoute(route, undefined, 'external');
      return { code: reason, message: MEANINGS[reason] };
    },
    flows: () => 0,
    liveFlows: async () => [],
    lastChange: () => undefined,
    algorithm: ({ servicePort }) => recordedAlgorithm(header.config, servicePort),
    exclusions: () => [],
    drainEndpoint: nothing,
    restoreEndpoint: nothing,
    endFlow: nothing,
    probe: async () => ({ elapsedMs: 0, error: 'a bundle has no network' }),
    reload: undefined,
    source: () => ({ type: 'manifests', description: header.source, resources: [] }),
    capture: () => 'none: a bundle',
  };
  return view;
}

function newestOf(history: Bundle['history']): TableAt {
  const { newest } = history;
  if (!newest) throw new TypeError('a bundle has a table');
  return newest;
}
