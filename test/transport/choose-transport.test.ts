import { PassThrough } from 'node:stream';
import t from 'tap';
import type { DialHandlers, Transport } from '../../src/model/transport.ts';
import { createAutoTransport, type TransportChoice } from '../../src/transport/choose-transport.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { endpointAt } from '../fixtures/tcp-rig.ts';

type Outcome = 'accepts' | 'silent' | string;

/** A transport whose dials end by the address: an errno, `accepts`, or `silent`. */
function transportOf(
  name: Transport['name'],
  outcomes: Readonly<Record<string, Outcome>>,
): Transport & { dials: string[] } {
  const dials: string[] = [];
  const settle = (outcome: Outcome, { connected, failed }: DialHandlers): void => {
    if (outcome === 'accepts') connected(new PassThrough());
    else if (outcome !== 'silent') failed(Object.assign(new Error(outcome), { code: outcome }));
  };
  return {
    name,
    dials,
    dialTcp(endpoint, handlers) {
      dials.push(endpoint.address);
      setImmediate(() => settle(outcomes[endpoint.address] ?? 'accepts', handlers));
      return { cancel: () => {} };
    },
  };
}

const SILENT = '10.244.1.7';
const cases = [
  {
    name: 'one accepts',
    outcomes: { a: 'EHOSTUNREACH', b: 'accepts' },
    choice: 'direct',
    reason: 'pod network routable: b accepted 0ms',
  },
  {
    name: 'one refuses',
    outcomes: { a: 'ECONNREFUSED' },
    choice: 'direct',
    reason: 'pod network routable: a ECONNREFUSED 0ms',
  },
  {
    name: 'none answers',
    outcomes: { [SILENT]: 'silent' },
    choice: 'apiserver',
    reason: `pod network not routable: ${SILENT} ETIMEDOUT 500ms`,
  },
  {
    name: 'no route',
    outcomes: { a: 'ENETUNREACH', b: 'EMFILE' },
    choice: 'apiserver',
    reason: 'pod network not routable: a ENETUNREACH 0ms',
  },
  { name: 'this machine is in trouble', outcomes: { a: 'EMFILE' }, choice: undefined, reason: '' },
] as const;

t.test('the way to the pods is chosen by what the pods answer, and the reason says it', async (t) => {
  for (const { name, outcomes, choice, reason } of cases) {
    const clock = new SteppedClock();
    const told: TransportChoice[] = [];
    const direct = transportOf('direct', outcomes);
    const auto = createAutoTransport({
      direct,
      apiserver: transportOf('apiserver', {}),
      clock,
      chosen: (made) => told.push(made),
    });
    const choosing = auto.choose(Object.keys(outcomes).map((address) => endpointAt(80, address)));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(500);
    const chosen = await choosing;
    t.equal(chosen?.name, choice, name);
    t.equal(chosen?.reason ?? '', reason, name);
    t.same(told, chosen === undefined ? [] : [chosen]);
    t.equal(auto.name, choice ?? 'direct');
  }
});

t.test('without samples the first dial chooses, and is then made by what was chosen', async (t) => {
  const direct = transportOf('direct', { a: 'EHOSTUNREACH' });
  const apiserver = transportOf('apiserver', {});
  const auto = createAutoTransport({ direct, apiserver, clock: new SteppedClock(), chosen: () => {} });
  t.equal(await auto.choose([]), undefined);
  for (let i = 0; i < 2; i++) {
    await new Promise((connected, failed) => {
      auto.dialTcp(endpointAt(80, 'a'), { connected, failed });
    });
  }
  t.same(direct.dials, ['a'], 'probed once');
  t.same(apiserver.dials, ['a', 'a']);
  t.match(auto.choice, { name: 'apiserver' });
});

t.test('a dial that is cancelled while the way is chosen is never made', async (t) => {
  const apiserver = transportOf('apiserver', {});
  const direct = transportOf('direct', { a: 'EHOSTUNREACH' });
  const auto = createAutoTransport({ direct, apiserver, clock: new SteppedClock(), chosen: () => {} });
  auto.dialTcp(endpointAt(80, 'a'), { connected: () => t.fail('connected'), failed: () => t.fail('failed') }).cancel();
  await auto.choose([endpointAt(80, 'a')]);
  t.same(apiserver.dials, []);
});
