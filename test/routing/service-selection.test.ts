import t from 'tap';
import { isReachableByLane, unroutedReason } from '../../src/routing/service-selection.ts';
import { rawService, serviceOf } from '../fixtures/routing.ts';

type Json = Record<string, unknown>;
const PROXY_NAME = 'service.kubernetes.io/service-proxy-name';

const CASES: readonly (readonly [
  name: string,
  spec: Json,
  labels: Json,
  ours: string,
  reason: string | undefined,
  lane: boolean,
])[] = [
  ['a plain Service', {}, {}, '', undefined, true],
  ['ExternalName, with a cluster IP left over', { type: 'ExternalName' }, {}, '', 'SVC_EXTERNALNAME', false],
  ['no cluster IP', { clusterIP: '', clusterIPs: [] }, {}, '', 'SVC_NO_CLUSTER_IP', true],
  ['headless', { clusterIP: 'None', clusterIPs: ['None'] }, {}, '', 'SVC_HEADLESS', true],
  ['the headless label, with a cluster IP', {}, { 'service.kubernetes.io/headless': '' }, '', 'SVC_HEADLESS', true],
  ['the proxy label, empty', {}, { [PROXY_NAME]: '' }, '', 'SVC_OTHER_PROXY', false],
  ['the proxy label with our name', {}, { [PROXY_NAME]: 'mine' }, 'mine', undefined, true],
  ['the proxy label with another name', {}, { [PROXY_NAME]: 'theirs' }, 'mine', 'SVC_OTHER_PROXY', false],
  ['no proxy label where we have a name', {}, {}, 'mine', 'SVC_OTHER_PROXY', false],
];

for (const [name, spec, labels, ours, reason, lane] of CASES) {
  t.test(`${name}: ${reason ?? 'routed'}`, async (t) => {
    const service = serviceOf(rawService(spec, { labels }));
    t.equal(unroutedReason(service, ours), reason);
    t.equal(isReachableByLane(service, ours), lane);
  });
}
