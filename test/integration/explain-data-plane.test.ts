/**
 * What explain says of the data plane's own doing is what connections get: drained and ejected endpoints, and overrides.
 */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { CHANGED_ENDPOINT } from '../../src/admin/change-routes.ts';
import { ENDPOINT_LIST } from '../../src/admin/endpoint-rows.ts';
import { EXPLANATION, type ExplanationDocument } from '../../src/admin/explain-answer.ts';
import { SET_OVERRIDE } from '../../src/admin/override-routes.ts';
import { askDaemon, changeDaemon } from '../../src/cli/admin-client.ts';
import { channels } from '../../src/observability/channels.ts';
import { freePort } from '../fixtures/echo-backends.ts';
import { type ExplainState, manifestsOf } from '../fixtures/explain-states.ts';
import { type ManifestDaemon, PREFIX, startBackends, startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { PROPERTY_SEED } from '../fixtures/property.ts';
import { CONDITIONS, rawEndpoint } from '../fixtures/routing.ts';

/** Nobody listens there: hosts 1 to 5 have backends. */
const DEAD_HOST = 6;
/** As many as there are endpoints at most, so that each gets its turn. */
const CONNECTIONS = 5;

/** What is done to one Service. */
interface Doing {
  readonly ready: readonly number[];
  readonly notReady: readonly number[];
  /** So many of the first endpoints are drained. */
  readonly drained: number;
  readonly override: 'none' | 'live' | 'dead' | 'of others';
  readonly fallback: 'cluster' | 'fail';
}

const anyDoing: fc.Arbitrary<Doing> = fc
  .record({
    hosts: fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 }),
    split: fc.nat(2),
    drained: fc.nat(5),
    override: fc.constantFrom('none', 'none', 'live', 'dead', 'of others'),
    fallback: fc.constantFrom('cluster', 'fail'),
  })
  .map(({ hosts, split, ...doing }) => ({ ...doing, ready: hosts.slice(split), notReady: hosts.slice(0, split) }));

function stateOf({ ready, notReady }: Pick<Doing, 'ready' | 'notReady'>): ExplainState {
  const endpoints = [
    ...ready.map((host) => rawEndpoint(String(host), { conditions: CONDITIONS.ready })),
    ...notReady.map((host) => rawEndpoint(String(host), { conditions: CONDITIONS.notReady })),
  ];
  return { service: {}, labels: {}, slices: [{ portName: 'http', protocol: 'TCP', endpoints }] };
}

t.test('drained endpoints and overrides: connections get what explain says, and all of it', async (t) => {
  const doings = fc.sample(anyDoing, { seed: PROPERTY_SEED, numRuns: 40 });
  const port = await freePort();
  const targets = { live: await startLocal(t), dead: await freePort() };
  await startBackends(t, port);
  const daemon = await startManifestDaemon(t, manifestsOf(doings.map(stateOf), PREFIX, port));
  const seen = new Set<string>();
  for (const [index, doing] of doings.entries()) {
    await drain(daemon, index, doing.drained);
    await override(daemon, index, doing, targets);
    const explanation = await explain(daemon, index);
    const outcomes = await connections(index);
    seen.add(`${explanation.reason} ${explanation.override?.fallback ?? ''}`.trim());
    t.same(outcomes, expected(explanation, targets), `svc-${index}: ${JSON.stringify(doing)}`);
  }
  for (const kind of ['FORWARD', 'EP_QUARANTINED', 'NO_ENDPOINT', 'FORWARD fail', 'EP_QUARANTINED cluster'])
    t.ok(seen.has(kind), kind);
});

t.test('an endpoint that was ejected is told with its cause and its end, and gets nobody', async (t) => {
  const port = await freePort();
  await startBackends(t, port);
  const state = stateOf({ ready: [1, 2, DEAD_HOST], notReady: [] });
  const daemon = await startManifestDaemon(t, manifestsOf([state], PREFIX, port));
  let isEjected = false;
  const onEjected = (): void => {
    isEjected = true;
  };
  channels.endpointEjected.subscribe(onEjected);
  t.teardown(() => channels.endpointEjected.unsubscribe(onEjected));
  for (let tries = 0; !isEjected && tries < 20; tries++) await connections(0);
  const explanation = await explain(daemon, 0);
  const dead = `${PREFIX}.2.${DEAD_HOST}:${port}`;
  t.match(explanation.steps.find(({ name }) => name === 'balancing')?.out, [
    { code: 'EP_EJECTED', subject: dead, value: '"ECONNREFUSED"', until: /^\d{4}-/ },
  ]);
  t.same(await connections(0), expected(explanation, {}));
  t.equal(explanation.endpoints.length, 2);
  await change(daemon, 'restore', dead);
  t.equal((await explain(daemon, 0)).endpoints.length, 3);
});

/** Everybody whom explain names, sorted; `refused` where it names nobody. */
function expected({ routable, endpoints, action, override }: ExplanationDocument, targets: object): readonly string[] {
  const isLive = override && 'live' in targets && override.target === `127.0.0.1:${targets.live}`;
  if (isLive) return ['local'];
  if (override?.fallback === 'fail') return ['refused'];
  if (override ? action !== 'forward' : !routable) return ['refused'];
  return endpoints.map(({ endpoint }) => endpoint).sort();
}

function explain({ host }: ManifestDaemon, index: number): Promise<ExplanationDocument> {
  return askDaemon(host, `/v1/explain?service=svc-${index}&namespace=shop&from=127.0.0.1`, EXPLANATION);
}

async function drain(daemon: ManifestDaemon, index: number, count: number): Promise<void> {
  const { items } = await askDaemon(daemon.host, `/v1/endpoints?namespace=shop&service=svc-${index}`, ENDPOINT_LIST);
  for (const { id } of items.slice(0, count)) await post(daemon, `${id}:drain`);
}

async function change(daemon: ManifestDaemon, verb: string, endpoint: string): Promise<void> {
  const { items } = await askDaemon(daemon.host, '/v1/endpoints', ENDPOINT_LIST);
  for (const row of items.filter((item) => item.endpoint === endpoint)) await post(daemon, `${row.id}:${verb}`);
}

async function post(daemon: ManifestDaemon, what: string): Promise<void> {
  const path = `/v1/endpoints/${encodeURIComponent(what).replace('%3A', ':')}`;
  await changeDaemon(daemon.host, { method: 'POST', path, tokenFile: tokenOf(daemon) }, CHANGED_ENDPOINT);
}

async function override(
  daemon: ManifestDaemon,
  index: number,
  { override: kind, fallback }: Doing,
  { live, dead }: { readonly live: number; readonly dead: number },
): Promise<void> {
  if (kind === 'none') return;
  const target = `127.0.0.1:${kind === 'dead' ? dead : live}`;
  const body = { target, fallback, ttl: '1h', ...(kind === 'of others' && { match: 'src=192.0.2.0/24' }) };
  const path = `/v1/overrides/shop/svc-${index}`;
  await changeDaemon(daemon.host, { method: 'PUT', path, body, tokenFile: tokenOf(daemon) }, SET_OVERRIDE);
}

function tokenOf({ folder }: ManifestDaemon): string {
  return join(folder, '.config/svclane/token');
}

/** Who answers several clients, one after the other; each once, sorted. */
async function connections(index: number): Promise<readonly string[]> {
  const outcomes = new Set<string>();
  for (let client = 0; client < CONNECTIONS; client++) outcomes.add(await answerOf(`${PREFIX}.1.${index + 1}`));
  return [...outcomes].sort();
}

/** The client comes from the address that explain is asked about. */
function answerOf(host: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ host, port: 8080, localAddress: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      socket.end();
    });
    socket.on('error', () => done('refused'));
    socket.on('close', () => done(text === '' ? 'refused' : text));
  });
}

/** A process of one's own at localhost, which says `local`. */
async function startLocal(t: Test): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).write('local'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return address.port;
}
