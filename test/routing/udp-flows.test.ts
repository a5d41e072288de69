import t from 'tap';
import type { Route } from '../../src/model/route.ts';
import { udpFlowEnd } from '../../src/routing/udp-flows.ts';
import { endpointOf, servicePortOf } from '../fixtures/balancing.ts';

const standby = { ready: false, serving: true, terminating: true };
const endpoints = [
  endpointOf('10.0.0.1:53'),
  endpointOf('10.0.0.2:53', standby),
  endpointOf('10.0.0.3:53', { ready: false, serving: false }),
];
const route: Route = {
  frontend: {
    key: '10.96.0.10:53/UDP',
    kind: 'clusterIP',
    address: '10.96.0.10',
    port: 53,
    protocol: 'UDP',
    family: 'IPv4',
  },
  servicePort: servicePortOf(endpoints, { protocol: 'UDP', internalPolicyLocal: true, clusterEndpoints: undefined }),
  listens: true,
};

const CASES: readonly (readonly [
  name: string,
  backend: { address: string; port?: number },
  end: string | undefined,
])[] = [
  ['a ready endpoint', { address: '10.0.0.1', port: 53 }, undefined],
  ['an endpoint of any port', { address: '10.0.0.1' }, undefined],
  ['an endpoint that terminates and serves, on no node of ours', { address: '10.0.0.2', port: 53 }, undefined],
  ['an endpoint that does not serve', { address: '10.0.0.3', port: 53 }, 'endpoint-gone'],
  ['an endpoint whose port changed', { address: '10.0.0.1', port: 5353 }, 'endpoint-gone'],
  ['an endpoint that is gone', { address: '10.0.0.9', port: 53 }, 'endpoint-gone'],
];

for (const [name, backend, end] of CASES) {
  t.test(`a UDP flow to ${name} ${end ? `ends: ${end}` : 'lives on'}`, async (t) => {
    t.equal(udpFlowEnd('UDP', route, backend), end);
  });
}

t.test('a UDP flow ends with its frontend; TCP and SCTP never do', async (t) => {
  t.equal(udpFlowEnd('UDP', undefined, { address: '10.0.0.1' }), 'service-gone');
  t.equal(udpFlowEnd('TCP', undefined, { address: '10.0.0.1' }), undefined);
  t.equal(udpFlowEnd('SCTP', route, { address: '10.0.0.9' }), undefined);
});
