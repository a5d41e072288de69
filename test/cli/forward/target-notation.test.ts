import t from 'tap';
import { parsePort, parseTargets, type TargetKind } from '../../../src/cli/forward/target-notation.ts';

t.test('ports are written as with kubectl, and with a protocol', (t) => {
  const cases: readonly [string, number | undefined, string, 'TCP' | 'UDP' | undefined][] = [
    ['80', undefined, '80', undefined],
    ['http', undefined, 'http', undefined],
    ['8080:http', 8080, 'http', undefined],
    [':6379', 0, '6379', undefined],
    ['53/udp', undefined, '53', 'UDP'],
    ['53@udp', undefined, '53', 'UDP'],
    ['5353:53/udp', 5353, '53', 'UDP'],
    ['5353:dns/TCP', 5353, 'dns', 'TCP'],
  ];
  for (const [text, local, remote, protocol] of cases) t.same(parsePort(text), { local, remote, protocol }, text);
  t.end();
});

t.test('what is no port is refused', (t) => {
  const wrong = ['', ':', '0', '65536', '65536:80', '0:80', '80:', 'a_b', '-a', '80/sctp', '1:2:3', 'http/'];
  for (const text of wrong) t.throws(() => parsePort(text), { code: 'SVL_USAGE' }, text);
  t.end();
});

t.test('words are targets and their ports', (t) => {
  const words = ['svc/web', '8080:http', 'deployment.apps/api', ':9090', 'bank/sts/db', 'svc/dns:53', '53/udp'];
  const found = parseTargets(words).map(({ kind, namespace, name, ports }) => {
    return [kind, namespace, name, ports.map(({ remote }) => remote).join(' ')];
  });
  t.same(found, [
    ['svc', undefined, 'web', 'http'],
    ['deploy', undefined, 'api', '9090'],
    ['sts', 'bank', 'db', ''],
    ['svc', undefined, 'dns', '53 53'],
  ]);
  t.end();
});

t.test('every kind has its names', (t) => {
  const cases: readonly [string, TargetKind][] = [
    ['services/a', 'svc'],
    ['statefulsets/a', 'sts'],
    ['ds/a', 'ds'],
    ['replicaset/a', 'rs'],
    ['pods/a', 'po'],
    ['a', 'po'],
  ];
  for (const [word, kind] of cases) t.equal(parseTargets([word])[0]?.kind, kind, word);
  t.end();
});

t.test('what is no target is refused', (t) => {
  for (const word of ['8080', 'svc/', 'svc/Web', 'a/b/svc/c', 'foo/bar', 'Svc_/x/svc/web', 'svc/a:b:c:-'])
    t.throws(() => parseTargets([word]), { code: 'SVL_USAGE' }, word);
  t.end();
});
