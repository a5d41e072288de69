import t from 'tap';
import { endpointChanges } from '../../../src/cli/forward/endpoint-changes.ts';
import type { Endpoint } from '../../../src/model/endpoint.ts';
import type { ServicePort } from '../../../src/model/route.ts';
import { endpointOf } from '../../fixtures/balancing.ts';

function pod(name: string, more: Partial<Endpoint> = {}): Endpoint {
  return endpointOf(`10.0.0.${name.length}:80`, { podName: name, ready: true, ...more });
}

function port(...endpoints: readonly Endpoint[]): Pick<ServicePort, 'endpoints' | 'clusterEndpoints'> {
  return { endpoints, clusterEndpoints: endpoints.filter(({ ready }) => ready) };
}

t.test('what became of pods is told in words', (t) => {
  const [a, ab, abc] = [pod('a'), pod('ab'), pod('abc')];
  const dying = pod('a', { ready: false, terminating: true });
  const cases: readonly [string, readonly Endpoint[], readonly Endpoint[], readonly string[]][] = [
    ['nothing', [a, ab], [a, ab], []],
    [
      'one is told to end',
      [a, ab, abc],
      [dying, ab, abc],
      ['a terminating: 2 open conns draining, new conns -> ab, abc'],
    ],
    ['one is gone', [dying, ab], [ab], ['a is gone: 2 open conns draining, new conns -> ab']],
    ['one is not ready', [ab, a], [pod('ab', { ready: false }), a], ['ab not ready: new conns -> a']],
    ['one comes', [a], [a, ab], ['ab ready: takes new conns']],
    ['the last one goes', [ab], [], ['ab is gone', 'shop/web:http has no ready pod: new conns wait for one']],
  ];
  for (const [name, before, after, lines] of cases) {
    t.same(
      endpointChanges(port(...before), port(...after), 'shop/web:http', (key) => (key === a.key ? 2 : 0)),
      lines,
      name,
    );
  }
  t.end();
});
