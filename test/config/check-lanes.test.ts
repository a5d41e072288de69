import t from 'tap';
import { configOf, problemLines } from '../fixtures/config.ts';

const PORT = 'expected the Service port, either as "port" or as svc/NAME:PORT, and not two of them';

t.test('rules between lanes are told at the entry that breaks them', (t) => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['no port', '[{target: svc/a, listen: "127.0.0.1:1"}]', [`lanes[0]: ${PORT}`]],
    ['two ports', '[{target: "svc/a:x", port: y, listen: "127.0.0.1:1"}]', [`lanes[0]: ${PORT}`]],
    ['one port said twice', '[{target: "svc/a:1", port: "01", listen: "127.0.0.1:1"}]', []],
    [
      'one address for two',
      '[{target: "svc/a:1", listen: "127.0.0.1:1"}, {target: "svc/b:1", listen: "127.0.0.1:1"}]',
      ['lanes[1]: 127.0.0.1:1/TCP is taken by lanes[0]: expected another address or port'],
    ],
    [
      'one address, two protocols',
      '[{target: "svc/a:1", listen: "127.0.0.1:1"}, {target: "svc/a:1", listen: "127.0.0.1:1", protocol: UDP}]',
      [],
    ],
    [
      'any free port twice',
      '[{target: "svc/a:1", listen: "127.0.0.1:0"}, {target: "svc/b:1", listen: "127.0.0.1:0"}]',
      [],
    ],
    [
      'a namespace that is not watched',
      '[{target: "svc/a:1", namespace: b, listen: "127.0.0.1:1"}]\nscope: {namespaces: [shop]}',
      ['lanes[0]: namespace b is not watched: expected one of scope.namespaces (shop)'],
    ],
    [
      'beside an entry that is wrong by itself',
      '[{target: x}, {target: svc/a, listen: "127.0.0.1:1"}]',
      [
        'lanes[0].target: expected svc/NAME or svc/NAME:PORT, not "x"',
        'lanes[0]: "listen" is missing: expected an IP address and port such as 127.0.0.1:8080 or [::1]:8080',
        `lanes[1]: ${PORT}`,
      ],
    ],
  ];
  for (const [name, lanes, expected] of cases) {
    t.same(
      problemLines({ body: `lanes: ${lanes}` }),
      expected.map((line) => `/etc/svclane/config.yaml:3: ${line}`),
      name,
    );
  }
  t.end();
});

t.test('a lane without a namespace is in the only one that is watched, else in default', (t) => {
  const flags = { lane: 'svc/a:1=127.0.0.1:1' };
  t.equal(configOf({ flags }).lanes[0]?.namespace, 'default');
  t.equal(configOf({ flags: { ...flags, namespace: 'shop' } }).lanes[0]?.namespace, 'shop');
  t.same(problemLines({ flags: { ...flags, namespace: 'a,b' } }), [
    '--lane: lanes[0]: namespace default is not watched: expected one of scope.namespaces (a, b)',
  ]);
  t.end();
});

t.test('a later origin replaces the lanes of an earlier one', (t) => {
  const body = 'lanes: [{target: "svc/a:1", listen: "127.0.0.1:1"}]';
  const env = { SVCLANE_LANE: 'svc/b:1=127.0.0.1:1' };
  t.same(
    configOf({ body, env }).lanes.map(({ service }) => service),
    ['b'],
  );
  t.end();
});
