import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Client } from 'undici';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import { EventBook } from '../../src/admin/event-book.ts';
import { channels } from '../../src/observability/channels.ts';
import { tableOf, viewOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';

/** What the ids of a book made by `bookOf` begin with. */
const RUN = new FakeClock().now().toString(36);

function bookOf(t: Test): EventBook {
  const book = new EventBook(new FakeClock());
  t.teardown(() => book.close());
  return book;
}

t.test('events are kept in a ring, and told to whoever listens', async (t) => {
  const book = bookOf(t);
  const heard: string[] = [];
  const end = book.listen(({ reason, service }) => heard.push(`${reason} ${service}`));
  const flow = flowOf();
  channels.flowOpened.publish(flow);
  flow.end = { cause: 'finished' };
  channels.flowEnded.publish(flow);
  end();
  channels.dialFailed.publish({ flow, endpoint: '10.0.0.1:80', errno: 'ECONNREFUSED', elapsedMs: 1 });
  t.same(heard, ['FlowOpened web', 'FlowEnded web']);
  t.same(
    book.after(`${RUN}-2`)?.map(({ reason }) => reason),
    ['DialFailed'],
  );
  t.equal(book.after('elsewhere-1'), undefined);
  t.equal(book.after('nonsense'), undefined);
});

t.test('what has left the ring is missing', async (t) => {
  const book = bookOf(t);
  const flow = flowOf();
  for (let i = 0; i < 4_100; i++) channels.flowOpened.publish(flow);
  t.equal(book.after(`${RUN}-0`), undefined);
  t.equal(book.after(`${RUN}-4`)?.length, 4_096);
  t.equal(book.after(`${RUN}-4100`)?.length, 0);
  t.equal(book.after(`${RUN}-4101`), undefined, 'that one is to come');
});

t.test('a stream tells what is wanted, beats, and goes on where it was cut off', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-events-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new FakeClock();
  const events = bookOf(t);
  const view = viewOf(tableOf(1, []), {}, { events });
  const server = createAdminServer(view, { listen: `unix:${folder}/admin.sock`, clock });
  t.teardown(() => server.close());
  await server.start();
  const client = new Client('http://localhost', { socketPath: join(folder, 'admin.sock') });
  t.teardown(() => client.destroy());
  const open = async (query: string, lastId = '') => {
    const headers = lastId === '' ? {} : { 'last-event-id': lastId };
    const { statusCode, body } = await client.request({ method: 'GET', path: `/v1/events${query}`, headers });
    t.equal(statusCode, 200);
    const reader = body[Symbol.asyncIterator]();
    let text = '';
    return async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(text)) {
        const { value, done } = await reader.next();
        if (done) break;
        text += String(value);
      }
      return text;
    };
  };
  const until = await open('?service=web&reasons=FlowEnded');
  await until(/: svclane\n\n/);
  channels.flowOpened.publish(flowOf());
  channels.flowEnded.publish(flowOf({ id: 'c-7', end: { cause: 'finished' } }));
  const text = await until(/c-7/);
  t.match(text, /id: \S+\nevent: FlowEnded\ndata: \{"reason":"FlowEnded",.*"end":\{"cause":"finished"\}/);
  t.notMatch(text, /FlowOpened/);
  const lastId = /id: (\S+)\nevent/.exec(text)?.[1] ?? '';
  t.equal(lastId, `${RUN}-2`);
  channels.flowOpened.publish(flowOf());
  clock.advance(15_000);
  t.match(await until(new RegExp(`\\n\\nid: ${RUN}-3\\n\\n`)), /id: \S+\n\n$/, 'the place, for whoever comes back');
  await client.destroy();
  channels.flowEnded.publish(flowOf({ id: 'c-8', end: { cause: 'idle' } }));

  const second = new Client('http://localhost', { socketPath: join(folder, 'admin.sock') });
  t.teardown(() => second.destroy());
  const read = async (id: string, pattern: RegExp): Promise<string> => {
    const { body } = await second.request({ method: 'GET', path: '/v1/events', headers: { 'last-event-id': id } });
    let seen = '';
    for await (const chunk of body) {
      seen += String(chunk);
      if (pattern.test(seen)) break;
    }
    return seen;
  };
  t.match(await read(lastId, /c-8/), /"id":"c-8"/);
  t.match(await read('of-another-daemon', /Gap/), /event: Gap\n/);
});

t.test('a client that reads too slowly is not waited for: it finds a gap, and goes on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-events-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const events = bookOf(t);
  const server = createAdminServer(viewOf(tableOf(1, []), {}, { events }), {
    listen: `unix:${folder}/admin.sock`,
    clock: new FakeClock(),
  });
  t.teardown(() => server.close());
  await server.start();
  const socket = connect({ path: join(folder, 'admin.sock') });
  t.teardown(() => socket.destroy());
  socket.write('GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'readable');
  const flow = flowOf();
  for (let i = 0; i < 8_000; i++) channels.flowOpened.publish(flow);
  const pattern = new RegExp(`id: ${RUN}-8000\nevent: Gap\n`);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (pattern.test(text)) break;
  }
  t.match(text, /event: FlowOpened\n/);
  t.match(text, pattern, 'it goes on behind the newest');
  t.ok(text.length < 4_000_000, 'what it did not read was not kept');
});
