import t from 'tap';
import { statusOf } from '../../src/admin/status.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';

t.test('the status counts, names what failed, and tells the age of the data', (t) => {
  const web = portOf('shop/web', ['10.244.1.7:8080', '10.244.2.5:8080']);
  const taken = frontendOf('192.0.2.1', 30080, { kind: 'nodePort' });
  const conflict = { frontend: frontendOf('192.0.2.9', 80, { kind: 'externalIP' }), owner: 'shop/first' };
  const table = tableOf(9, [
    serviceRoutesOf('shop/web', [routeOf(taken, web), routeOf(frontendOf('10.96.0.15', 80), web)], {
      conflicts: [conflict],
    }),
    serviceRoutesOf('shop/idle', [routeOf(frontendOf('10.96.0.16', 80), portOf('shop/idle', []))]),
  ]);
  const failure = { code: 'EADDRINUSE', message: 'in use' };
  const status = statusOf(
    viewOf(table, {
      [taken.key]: { state: 'failed', bound: undefined, failure },
      '10.96.0.16:80/TCP': { state: 'idle', bound: undefined, failure: undefined },
    }),
  );
  t.same(status, {
    version: '1.2.3',
    mode: 'node',
    uptimeSeconds: 60,
    generation: 9,
    node: { name: 'node-a', zone: 'z1' },
    capture: 'none: mode dev',
    source: {
      type: 'kubernetes',
      description: 'context kind-dev',
      resources: [
        {
          kind: 'Service',
          state: 'stale',
          objects: 3,
          relists: 1,
          restarts: 2,
          ageSeconds: 30,
          error: 'connect ECONNREFUSED',
          hint: 'is it up?',
        },
      ],
    },
    counts: {
      services: 2,
      routes: 3,
      endpoints: 2,
      listening: 1,
      idle: 1,
      failed: 1,
      connections: 6,
      overrides: 0,
      faults: 0,
    },
    failedListeners: [
      { service: 'shop/web', frontend: taken.key, kind: 'nodePort', reason: 'EADDRINUSE', error: 'in use' },
    ],
    conflicts: [{ service: 'shop/web', frontend: conflict.frontend.key, owner: 'shop/first' }],
  });
  t.end();
});
