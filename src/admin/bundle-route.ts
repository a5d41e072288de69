/**
 * `GET /v1/bundle`: the state and its changes as a record, for `svclane record`; a line of JSON each.
 */

import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Type } from 'typebox';
import { bundleOf } from '../recording/bundle-of.ts';
import { recordHeader } from '../recording/record-header.ts';
import type { HttpApp } from './http-app.ts';
import { textOperation } from './operation.ts';
import { parseTime } from './revisions.ts';
import type { AdminView } from './view.ts';

const BUNDLE_QUERY = Type.Object({
  /** Go on with every change, until the client hangs up; absent = what there is. */
  follow: Type.Optional(Type.Boolean()),
  /** Begin with the table of this time, RFC 3339; absent = with the one in force. */
  since: Type.Optional(Type.String({ maxLength: 64 })),
});

/** Adds the path. What it sends has no secret: of objects what routing keeps, of the configuration what it needs. */
export function addBundleRoute(app: HttpApp, view: AdminView): void {
  // A HEAD of one that follows would never end.
  app.get('/v1/bundle', { schema: GET_BUNDLE, exposeHeadRoute: false }, ({ query }, reply) => {
    const { follow = false, since } = query;
    const sinceMs = since === undefined ? undefined : parseTime(since);
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const lines = bundleOf({
      history: view.history,
      header: recordHeader({
        version: view.version,
        nowMs: view.now(),
        description: view.source().description,
        serviceProxyName: view.serviceProxyName,
        settings: view.config(),
      }),
      follow,
      ...(sinceMs !== undefined && { sinceMs }),
      signal: gone.signal,
      pause: () => setImmediate(),
    });
    return reply.type('application/x-ndjson').header('cache-control', 'no-store').send(Readable.from(lines));
  });
}

const GET_BUNDLE = textOperation(
  { id: 'getBundle', tag: 'operations', summary: 'The state and its changes as a record, a line of JSON each' },
  { querystring: BUNDLE_QUERY },
  'application/x-ndjson',
);
