import t from 'tap';
import { countNoLocalEndpoints } from '../../src/routing/no-local-endpoints.ts';
import { endpointOf, servicePortOf } from '../fixtures/balancing.ts';

const remote = [endpointOf('10.0.0.1:80')];
const lost = { internalPolicyLocal: true, localEndpoints: [], clusterEndpoints: undefined };

t.test('a Local policy counts where its endpoints are elsewhere, and not where there are none', async (t) => {
  const ports = [
    servicePortOf(remote, lost),
    servicePortOf(remote, { ...lost, externalPolicyLocal: true }),
    servicePortOf(remote, { externalPolicyLocal: true, localEndpoints: remote }),
    servicePortOf([], lost),
    servicePortOf(remote),
  ];
  t.same(countNoLocalEndpoints(ports), { internal: 2, external: 1 });
  t.same(countNoLocalEndpoints([]), { internal: 0, external: 0 });
});
