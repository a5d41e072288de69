import t from 'tap';
import { Quarantine } from '../../src/balancing/quarantine.ts';
import { serviceSettings } from '../../src/config/service-settings.ts';
import type { Route } from '../../src/model/route.ts';
import { wantsSocket } from '../../src/proxy/wants-socket.ts';
import { endpointAt, routeTo, SETTINGS } from '../fixtures/tcp-rig.ts';

const HOLD = { ...SETTINGS, onEmpty: { ...SETTINGS.onEmpty, action: 'hold' as const } };
const [a, b] = [endpointAt(1), endpointAt(2)];
const full = routeTo({ endpoints: [a, b] });
const empty = routeTo({ endpoints: [] });
const sctp = routeTo({ endpoints: [], frontend: { protocol: 'SCTP' } });
const external = routeTo({ endpoints: [a], eligible: [], frontend: { kind: 'nodePort' } });
/** Endpoints elsewhere only, and every class of client is kept from them. */
const notLocal: Route = {
  ...external,
  frontend: { ...external.frontend, kind: 'clusterIP' },
  servicePort: { ...external.servicePort, internalPolicyLocal: true, localEndpoints: [], hasAnyEndpoints: true },
};

const CASES: readonly (readonly [name: string, Route, drained: string, refuse: boolean, hold: boolean])[] = [
  ['with endpoints', full, '', true, true],
  ['without endpoints', empty, '', false, true],
  ['SCTP', sctp, '', false, false],
  ['endpoints that the policy keeps everybody from', notLocal, '', false, false],
  ['one of two in quarantine', full, 'a', true, true],
  ['all in quarantine', full, 'ab', false, true],
];

for (const [name, route, drained, refuse, hold] of CASES) {
  t.test(name, async (t) => {
    const quarantine = new Quarantine();
    if (drained.includes('a')) quarantine.add(route.servicePort.key, a.key);
    if (drained.includes('b')) quarantine.add(route.servicePort.key, b.key);
    const wants = (defaults: typeof SETTINGS): boolean =>
      wantsSocket({ quarantine, settingsOf: serviceSettings({ defaults, services: [] }) }, route);
    t.equal(wants(SETTINGS), refuse, 'refuse');
    t.equal(wants(HOLD), hold, 'hold');
  });
}
