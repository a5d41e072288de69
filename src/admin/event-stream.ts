/**
 * `GET /v1/events`: what happens, as it happens, as server-sent events. `Last-Event-ID` goes on where a client was cut off.
 *
 *   ring of events ──from the client's place on──▶ response ──drain──▶ next ones
 *
 * Nothing is kept for a client but its place. One that reads so slowly that the ring runs over its place is told of a `Gap`.
 */

import type { ServerResponse } from 'node:http';
import { type Static, Type } from 'typebox';
import type { Clock, Timer } from '../lib/clock.ts';
import type { DaemonEvent } from './daemon-event.ts';
import type { EventBook } from './event-book.ts';
import type { HttpApp } from './http-app.ts';
import { textOperation } from './operation.ts';
import { isWanted, SERVICE_FILTER } from './page.ts';
import type { AdminView } from './view.ts';

/** A message this often shows both sides that the other is there. */
const HEARTBEAT_MS = 15_000;

const EVENT_QUERY = Type.Object({
  ...SERVICE_FILTER,
  reasons: Type.Optional(
    Type.String({ maxLength: 256, description: 'FlowOpened,FlowEnded: these alone; absent = every reason' }),
  ),
});

type EventQuery = Static<typeof EVENT_QUERY>;

const FOLLOW_EVENTS = textOperation(
  {
    id: 'followEvents',
    tag: 'live',
    summary: 'What happens, as it happens, as server-sent events; Last-Event-ID goes on behind an event',
  },
  { querystring: EVENT_QUERY },
  'text/event-stream',
);

/**
 * Adds the stream. An event `Gap` comes where events behind the client's place may be missing. An id without an event tells
 * the place where no event is wanted. Source: HTML Living Standard, server-sent events.
 */
export function addEventStream(app: HttpApp, view: AdminView, clock: Clock): void {
  // A HEAD of it would never end.
  app.get('/v1/events', { schema: FOLLOW_EVENTS, exposeHeadRoute: false }, (request, reply) => {
    const lastId = request.headers['last-event-id'];
    reply.hijack();
    streamEvents(reply.raw, view.events, {
      clock,
      query: request.query,
      lastId: typeof lastId === 'string' && lastId !== '' ? lastId : view.events.lastId,
    });
  });
}

interface StreamOptions {
  readonly clock: Clock;
  readonly query: EventQuery;
  readonly lastId: string;
}

function streamEvents(response: ServerResponse, events: EventBook, { clock, query, lastId }: StreamOptions): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.write(': svclane\n\n');
  const place = new StreamPlace(response, events, { query, lastId });
  const end = events.listen(() => place.advance());
  const heartbeat = beat(() => place.tell(), clock);
  response.on('drain', () => place.advance());
  response.on('error', () => undefined);
  response.on('close', () => {
    end();
    heartbeat.cancel();
  });
  place.advance();
  place.tell();
}

/** Where one client is in the ring. */
class StreamPlace {
  readonly #response: ServerResponse;
  readonly #events: EventBook;
  readonly #query: EventQuery;
  readonly #reasons: ReadonlySet<string> | undefined;
  #lastId: string;

  constructor(
    response: ServerResponse,
    events: EventBook,
    { query, lastId }: { readonly query: EventQuery; readonly lastId: string },
  ) {
    this.#response = response;
    this.#events = events;
    this.#query = query;
    this.#reasons = query.reasons === undefined ? undefined : new Set(query.reasons.split(','));
    this.#lastId = lastId;
  }

  /** Writes what there is, as long as the client takes it. */
  advance(): void {
    if (this.#response.writableNeedDrain || this.#response.destroyed) return;
    const missed = this.#events.after(this.#lastId);
    if (!missed) {
      this.#lastId = this.#events.lastId;
      this.#response.write(`id: ${this.#lastId}\nevent: Gap\ndata: {"reason":"Gap"}\n\n`);
    }
    for (const event of missed ?? []) {
      this.#lastId = event.id;
      if (this.#isWanted(event) && !this.#write(event)) return;
    }
  }

  /** Tells the place without an event: whoever comes back goes on here. */
  tell(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(`id: ${this.#lastId}\n\n`);
  }

  #isWanted(event: DaemonEvent): boolean {
    return isWanted(this.#query, event) && this.#reasons?.has(event.reason) !== false;
  }

  /** `false` = the client has to read first. */
  #write(event: DaemonEvent): boolean {
    return this.#response.write(`id: ${event.id}\nevent: ${event.reason}\ndata: ${JSON.stringify(event.data())}\n\n`);
  }
}

function beat(tell: () => void, clock: Clock): Timer {
  let timer = clock.setTimer(tick, HEARTBEAT_MS);
  function tick(): void {
    tell();
    timer = clock.setTimer(tick, HEARTBEAT_MS);
  }
  return { cancel: () => timer.cancel() };
}
