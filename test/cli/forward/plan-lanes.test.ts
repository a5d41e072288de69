import t from 'tap';
import type { FoundTarget } from '../../../src/cli/forward/find-targets.ts';
import { planLanes } from '../../../src/cli/forward/plan-lanes.ts';
import { parseTargets } from '../../../src/cli/forward/target-notation.ts';

const PORTS = [
  { name: 'http', number: 80, protocol: 'TCP' },
  { name: 'dns', number: 53, protocol: 'UDP' },
  { name: 'dns-tcp', number: 53, protocol: 'TCP' },
] as const;

function found(text: string, pods?: FoundTarget['pods']): FoundTarget {
  const [target] = parseTargets(text.split(' '));
  if (!target) throw new Error('no target');
  return { target, namespace: 'shop', service: 'web', label: 'shop/web', ports: PORTS, pods };
}

t.test('a port is found by its name or number, and gives its number as the local one', (t) => {
  const cases: readonly [string, string | number, number, 'TCP' | 'UDP'][] = [
    ['svc/web http', 'http', 80, 'TCP'],
    ['svc/web 8080:80', 80, 8080, 'TCP'],
    ['svc/web :http', 'http', 0, 'TCP'],
    ['svc/web 53', 53, 53, 'TCP'],
    ['svc/web 53/udp', 53, 53, 'UDP'],
    ['svc/web dns', 'dns', 53, 'UDP'],
  ];
  for (const [text, port, local, protocol] of cases)
    t.match(planLanes(found(text), false), [{ port, local, protocol }], text);
  t.end();
});

t.test('without ports all of TCP are meant', (t) => {
  t.same(
    planLanes(found('svc/web'), false).map(({ port }) => port),
    ['http', 'dns-tcp'],
  );
  t.end();
});

t.test('a Service has the ports that it has, a pod may have others', (t) => {
  const wrong = { code: 'SVL_NOT_FOUND', hint: 'its ports: http (80), dns (53/udp), dns-tcp (53)' };
  t.throws(() => planLanes(found('svc/web 8080'), false), wrong);
  t.match(planLanes(found('deploy/web 8080', { labelSelector: 'a=b' }), false), [{ port: 8080, remote: 8080 }]);
  t.throws(() => planLanes(found('deploy/web grpc', { labelSelector: 'a=b' }), false), wrong);
  t.end();
});

t.test('who has an own address gets a lane beside it where a local port was typed', (t) => {
  t.same(
    planLanes(found('svc/web http 8080:http'), true).map(({ local }) => local),
    [8080],
  );
  t.same(planLanes(found('svc/web'), true), []);
  t.end();
});
