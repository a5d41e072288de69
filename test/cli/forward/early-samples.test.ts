import t from 'tap';
import type { ObjectRequester } from '../../../src/cli/forward/cluster-objects.ts';
import { EarlyLists } from '../../../src/cli/forward/early-lists.ts';
import { earlySamples } from '../../../src/cli/forward/early-samples.ts';
import { parseTargets } from '../../../src/cli/forward/target-notation.ts';
import { loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { createFakeApiServer } from '../../fixtures/fake-api-server.ts';
import { fakeSlice } from '../../fixtures/kubernetes-objects.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';

async function access(test: TestHost): Promise<ObjectRequester> {
  const server = await createFakeApiServer();
  test.teardown(() => server.close());
  server.set(fakeSlice('shop', 'web-1', 'web', '10.244.1.7'));
  server.set(fakeSlice('other', 'web-2', 'web', '10.244.1.8'));
  const kubeconfig = `${test.testdir({ config: server.kubeconfig({}) })}/config`;
  const auth = await loadKubeAuth({ kubeconfig, context: '', env: {} });
  test.teardown(() => auth.close());
  return auth;
}

t.test('the pods of the first Service are found by its slices', async (t) => {
  const auth = await access(t);
  for (const [words, addresses] of [
    ['svc/web 8080:http', ['10.244.1.7']],
    ['deploy/api 9090 other/svc/web 80', ['10.244.1.8']],
    ['deploy/api 9090', []],
    ['svc/nobody 80', []],
  ] as const) {
    const targets = parseTargets(words.split(' '));
    const early = new EarlyLists(auth, { targets, hasNames: false, selection: undefined }, 'shop');
    const samples = await earlySamples(auth, early, targets, 'shop');
    t.same(
      samples.map(({ address }) => address),
      addresses,
      words,
    );
    for (const { key, port, address } of samples) t.equal(key, `${address}:${port}`);
  }
});

t.test('an API server that refuses gives none', async (t) => {
  const auth: ObjectRequester = { server: 'https://api', request: () => Promise.reject(new Error('away')) };
  const targets = parseTargets(['svc/web', '80']);
  const early = new EarlyLists(auth, { targets, hasNames: false, selection: undefined }, 'shop');
  t.same(await earlySamples(auth, early, targets, 'shop'), []);
});
