import t from 'tap';
import { InheritedUdp } from '../../src/proxy/inherited-udp.ts';
import { endpointAt, routeTo } from '../fixtures/tcp-rig.ts';

t.test('a client is given the endpoint that it had, once, and only while the route has it and it serves', async (t) => {
  const [here, gone] = [endpointAt(1), endpointAt(2, '127.0.0.1', { serving: false })];
  const route = routeTo({ endpoints: [here, gone], frontend: { protocol: 'UDP', port: 53 } });
  const frontend = route.frontend.key;
  const address = '10.0.0.1';
  const inherited = new InheritedUdp([
    { frontend, address, port: 7, endpoint: here.key },
    { frontend, address, port: 8, endpoint: gone.key },
    { frontend, address, port: 9, endpoint: '127.0.0.1:3' },
  ]);
  t.same(inherited.take(route, address, 7), { endpoint: here, why: 'inherited' });
  t.equal(inherited.take(route, address, 7), undefined);
  for (const port of [8, 9, 10]) t.equal(inherited.take(route, address, port), undefined);
});
