import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { addBundleRoute } from '../../src/admin/bundle-route.ts';
import { createHttpApp } from '../../src/admin/http-app.ts';
import { History } from '../../src/routing/history.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { SOURCE_STATUS, viewOf } from '../fixtures/admin.ts';
import { isSameTable } from '../fixtures/histories.ts';
import { readTables } from '../fixtures/records.ts';
import { decoded, nextTable, nodeContext, rawEndpoint, rawService, rawSlice, stateWith } from '../fixtures/routing.ts';

const SECRET = 'hunter2';

function setup(t: Test) {
  const empty = emptyTable(nodeContext());
  const history = new History(empty, { maxRevisions: 3, maxAgeMs: 1e9 });
  const state = stateWith([rawService()]);
  let table = empty;
  const turn = (host: number) => {
    state.apply(decoded(rawSlice('a', [rawEndpoint(`10.0.0.${host}`)])));
    table = nextTable(state, table);
    history.add(table, table.generation * 1000);
    return table;
  };
  const config = {
    mode: 'node',
    clientConnection: { kubeconfig: SECRET },
    admin: { token: SECRET },
    defaults: { algorithm: 'random', secret: SECRET },
    services: [{ match: { name: 'web' }, secret: SECRET }],
  };
  const description = `context c, https://u:${SECRET}@api.example:6443/?t=${SECRET}`;
  const source = () => ({ ...SOURCE_STATUS, description });
  const app = createHttpApp();
  addBundleRoute(app, viewOf(empty, {}, { history, config: () => config, source }));
  t.teardown(() => app.close());
  return { app, history, turn };
}

t.test('the state of now is a bundle that is whole, without secrets', async (t) => {
  const { app, turn } = setup(t);
  turn(1);
  const table = turn(2);
  const { body, headers, statusCode } = await app.inject({ url: '/v1/bundle' });
  t.equal(statusCode, 200);
  t.match(headers, { 'content-type': 'application/x-ndjson' });
  t.ok(isSameTable(readTables(body)[0], table));
  t.equal(readTables(body).length, 1);
  t.notMatch(body, SECRET);
  t.match(JSON.parse(body.split('\n')[0] ?? ''), { source: 'context c, https://api.example:6443/' });
});

t.test('the past is in it from the asked time on', async (t) => {
  const { app, turn } = setup(t);
  for (const host of [1, 2, 3]) turn(host);
  const numbers = async (since: string) => {
    const { body } = await app.inject({ url: `/v1/bundle?since=${since}` });
    return readTables(body).map(({ generation }) => generation);
  };
  t.same(await numbers('1970-01-01T00:00:02.500Z'), [2, 3]);
  t.same(await numbers('1969-01-01T00:00:00Z'), [1, 2, 3], 'as far as it is there');
  const wrong = await app.inject({ url: '/v1/bundle?since=yesterday' });
  t.match(wrong.json(), { status: 400 });
});

t.test('a follower gets each change as it comes, and a keyframe for what the ring lost', async (t) => {
  const { app, history, turn } = setup(t);
  turn(1);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  const asked = request({ port: portOf(address), path: '/v1/bundle?follow=true' }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]();
  t.teardown(() => asked.destroy());
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) text += String((await chunks.next()).value);
  };
  await until(/"name":"a"/);
  turn(2);
  await until(/"generation":2/);
  for (let host = 3; host < 12; host++) turn(host);
  await until(/"generation":11/);
  const read = readTables(text, { partial: true });
  t.ok(isSameTable(read.at(-1), history.newest?.table));
  t.same(
    read.map(({ generation }) => generation),
    [1, 2, 9, 10, 11],
  );
});

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
