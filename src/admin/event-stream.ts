/**
 * `GET /v1/events`: what happens, as it happens, as server-sent events. `Last-Event-ID` goes on where a client was cut off.
 *
 * A client that reads too slowly is cut off itself, and comes back with its last id: nothing is kept for it but the ring.
 */

import type { ServerResponse } from 'node:http';
import { type Static, Type } from 'typebox';
import type { Clock, Timer } from '../lib/clock.ts';
import type { DaemonEvent } from './event-book.ts';
import type { HttpApp } from './http-app.ts';
import { isWanted, SERVICE_FILTER } from './page.ts';
import type { AdminView } from './view.ts';

/** A comment this often shows both sides that the other is there. */
const HEARTBEAT_MS = 15_000;
const MAX_UNREAD_BYTES = 1024 * 1024;

const EVENT_QUERY = Type.Object({
  ...SERVICE_FILTER,
  /** `FlowOpened,FlowEnded`; absent = every reason. */
  reasons: Type.Optional(Type.String({ maxLength: 256 })),
});

/**
 * Adds the stream. An event `Gap` comes first where events after `Last-Event-ID` may be missing. Source: HTML Living
 * Standard, server-sent events.
 */
export function addEventStream(app: HttpApp, view: AdminView, clock: Clock): void {
  app.get('/v1/events', { schema: { querystring: EVENT_QUERY } }, (request, reply) => {
    const lastId = request.headers['last-event-id'];
    reply.hijack();
    streamEvents(reply.raw, view, { clock, query: request.query, lastId: typeof lastId === 'string' ? lastId : '' });
  });
}

interface StreamOptions {
  readonly clock: Clock;
  readonly query: Static<typeof EVENT_QUERY>;
  readonly lastId: string;
}

function streamEvents(response: ServerResponse, { events }: AdminView, { clock, query, lastId }: StreamOptions): void {
  const reasons = query.reasons === undefined ? undefined : new Set(query.reasons.split(','));
  const write = (event: DaemonEvent): void => {
    if (!isWanted(query, event) || reasons?.has(event.reason) === false) return;
    response.write(`id: ${event.id}\nevent: ${event.reason}\ndata: ${JSON.stringify(event.data())}\n\n`);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  };
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.write(': svclane\n\n');
  if (lastId !== '') {
    const missed = events.after(lastId);
    if (!missed) response.write('event: Gap\ndata: {"reason":"Gap"}\n\n');
    for (const event of missed ?? []) write(event);
  }
  const end = events.listen(write);
  const heartbeat = beat(response, clock);
  response.on('error', () => undefined);
  response.on('close', () => {
    end();
    heartbeat.cancel();
  });
}

function beat(response: ServerResponse, clock: Clock): Timer {
  let timer = clock.setTimer(tick, HEARTBEAT_MS);
  function tick(): void {
    response.write(':\n\n');
    timer = clock.setTimer(tick, HEARTBEAT_MS);
  }
  return { cancel: () => timer.cancel() };
}
