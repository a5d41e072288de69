import t from 'tap';
import type { ForwardPlan } from '../../../src/cli/forward/forward-plan.ts';
import { parseTargets } from '../../../src/cli/forward/target-notation.ts';
import { WayFinder } from '../../../src/cli/forward/way-finder.ts';
import type { Endpoint } from '../../../src/model/endpoint.ts';
import type { AutoTransport } from '../../../src/transport/choose-transport.ts';
import { endpointOf } from '../../fixtures/balancing.ts';
import { rawEndpoint, rawService, rawSlice, tableWith } from '../../fixtures/routing.ts';

const POD = endpointOf('10.0.0.1:80', { namespace: 'shop', podName: 'web' });
const TABLE = tableWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.7')])]);

/** Chooses the API server as soon as it has anything to try, and notes how long it would have had patience. */
function createAuto() {
  const asked: { addresses: readonly string[]; patienceMs: number | undefined }[] = [];
  const auto: AutoTransport = {
    name: 'direct',
    choice: undefined,
    async choose(samples: readonly Endpoint[], patienceMs) {
      if (samples.length === 0) return undefined;
      asked.push({ addresses: samples.map(({ address }) => address), patienceMs });
      return { name: 'apiserver', reason: 'no way' };
    },
    dialTcp: () => ({ cancel: () => {} }),
  };
  return { auto, asked };
}

function planOf(protocol: 'TCP' | 'UDP', service = 'web'): ForwardPlan {
  const names = { namespace: 'shop', service, label: `shop/${service}`, portText: 'http', portName: 'http' };
  const plan = { ...names, port: 80, remote: 80, protocol, local: 0, addresses: [] };
  return {
    planned: [],
    lanes: [{ plan, addresses: [], localPort: 0, tellsAll: false }],
    scope: undefined,
    chosen: undefined,
  };
}

const APISERVER = { asked: 'auto', chosen: 'apiserver', reason: 'no way' };

t.test('pods that are known early are tried at once, with the patience of a near API server', async (t) => {
  const { auto, asked } = createAuto();
  const finder = new WayFinder({
    asked: 'auto',
    auto,
    request: { targets: parseTargets(['svc/web', '80']), lanesFile: undefined },
    samples: Promise.resolve([POD]),
    planning: Promise.resolve(planOf('TCP')),
  });
  t.same(await finder.find([], TABLE), APISERVER);
  t.same(asked, [{ addresses: ['10.0.0.1'], patienceMs: 20 }]);
});

t.test('where UDP is asked for, in words or in a file, pods have the whole time', async (t) => {
  for (const { name, targets, lanesFile } of [
    { name: 'words', targets: parseTargets(['svc/web', '53/udp']), lanesFile: undefined },
    { name: 'a file', targets: [], lanesFile: 'lanes.yaml' },
  ]) {
    const { auto, asked } = createAuto();
    const finder = new WayFinder({
      asked: 'auto',
      auto,
      request: { targets, lanesFile },
      samples: Promise.resolve([POD]),
      planning: Promise.resolve(planOf('UDP')),
    });
    t.same(await finder.find([], TABLE), APISERVER, name);
    t.same(asked, [{ addresses: ['10.0.0.1'], patienceMs: 500 }], name);
  }
});

t.test('without them those of the table are tried, and where it has none nothing is chosen', async (t) => {
  for (const { service, addresses, way } of [
    { service: 'web', addresses: [['10.0.0.7']], way: APISERVER },
    { service: 'gone', addresses: [], way: { asked: 'auto', chosen: 'auto', reason: 'no pod to try yet' } },
  ]) {
    const { auto, asked } = createAuto();
    const finder = new WayFinder({
      asked: 'auto',
      auto,
      request: { targets: [], lanesFile: undefined },
      samples: Promise.resolve([]),
      planning: Promise.resolve(planOf('TCP', service)),
    });
    t.same(await finder.find([], TABLE), way, service);
    t.same(
      asked.map((each) => each.addresses),
      addresses,
      service,
    );
  }
});

t.test('a way that was asked for is taken, and a plan that fails is told by its maker', async (t) => {
  const request = { targets: [], lanesFile: undefined };
  const samples = Promise.resolve([]);
  const planning = Promise.resolve(planOf('TCP'));
  const finder = new WayFinder({ asked: 'direct', auto: undefined, request, samples, planning });
  t.same(await finder.find([], TABLE), { asked: 'direct', chosen: 'direct', reason: '' });
  const { auto } = createAuto();
  const failing = new WayFinder({ asked: 'auto', auto, request, samples, planning: Promise.reject(new Error('no')) });
  await t.rejects(failing.planning, { message: 'no' });
});
