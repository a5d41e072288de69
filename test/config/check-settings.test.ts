import t from 'tap';
import { problemLines } from '../fixtures/config.ts';

/** body → the problems, without the file's name */
const CASES: readonly [string, string, readonly string[]][] = [
  ['null counts as absent', 'frontends:\nnodeName: null\nlanes:\n', []],
  ['a list where keys belong', 'logging: [a]', ['3: logging: expected keys (format, level, accessLog), not a list']],
  [
    'a mapping where a text belongs',
    'nodeName: {a: b}',
    ['3: nodeName: expected the name of a Node, or "", not a mapping'],
  ],
  ['a text where a list belongs', 'clusterCIDR: 10.0.0.0/8', ['3: clusterCIDR: expected a list, not "10.0.0.0/8"']],
  [
    'an entry of a list',
    'clusterCIDR: [10.0.0.0/8, 10.0.0.0]',
    ['3: clusterCIDR[1]: expected a CIDR such as 10.244.0.0/16, not "10.0.0.0"'],
  ],
  [
    'a rule of the whole list',
    'frontends: {nodePortAddresses: [primary, 10.0.0.0/8]}',
    ['3: frontends.nodePortAddresses: expected a list of CIDRs, or of primary alone'],
  ],
  [
    'a key that belongs elsewhere',
    'perTryTimeout: 1s',
    ['3: perTryTimeout: unknown key here: it belongs at defaults.connect.perTryTimeout'],
  ],
  [
    '__proto__ is an unknown key',
    '__proto__: {mode: node}',
    [
      '3: __proto__: unknown key: known here are apiVersion, kind, mode, source, clientConnection, nodeName, serviceProxyName, scope, clusterCIDR, transport, frontends, host, workers, defaults, services, lanes, health, metrics, admin, history, logging',
    ],
  ],
  [
    'what an entry of a list lacks',
    'services:\n- algorithm: random\nlanes: [{listen: "127.0.0.1:1"}]',
    [
      '4: services[0]: "match" is missing: expected keys (namespace, name)',
      '5: lanes[0]: "target" is missing: expected svc/NAME or svc/NAME:PORT',
    ],
  ],
  [
    'an override that is not known, or out of bounds',
    'services:\n- match: {}\n  udp: {maxFlows: 1}\n  onEmpty: {maxQueued: 0}',
    [
      '5: services[0].udp.maxFlows: unknown key here: it belongs at defaults.udp.maxFlows',
      '6: services[0].onEmpty.maxQueued: expected a whole number from 1 to 100000, not 0',
    ],
  ],
  [
    'a duration without a unit',
    'defaults: {udp: {idleTimeout: 60}}',
    ['3: defaults.udp.idleTimeout: expected a duration such as 250ms, 2s or 1m30s, from 1ms to 576h, not 60'],
  ],
  [
    'a duration too long for a timer',
    'defaults: {udp: {idleTimeout: 577h}}',
    ['3: defaults.udp.idleTimeout: expected a duration such as 250ms, 2s or 1m30s, from 1ms to 576h, not "577h"'],
  ],
  [
    'a time-out of nothing',
    'defaults: {connect: {timeout: 0s}}',
    ['3: defaults.connect.timeout: expected a duration such as 250ms, 2s or 1m30s, from 1ms to 576h, not "0s"'],
  ],
  ['a YAML 1.1 boolean', 'frontends: {clusterIP: yes}', ['3: frontends.clusterIP: expected true or false, not "yes"']],
  [
    'an admin API for everybody, without a token',
    'admin: {listen: "http://0.0.0.0:80", token: ""}',
    ['3: admin.listen: "http://0.0.0.0:80" can be reached from other machines: set admin.token to auto or file:/PATH'],
  ],
  [
    'a token that is none',
    'admin: {token: secret}',
    ['3: admin.token: expected auto, file:/PATH, or "", not "secret"'],
  ],
  [
    'a long value is cut',
    `source: ${'x'.repeat(80)}`,
    [`3: source: expected kubernetes, or file:PATH, not "${'x'.repeat(56)}…`],
  ],
];

t.test('a setting that is wrong is told with its place and what would be right', (t) => {
  for (const [name, body, expected] of CASES) {
    t.same(
      problemLines({ body }),
      expected.map((line) => `/etc/svclane/config.yaml:${line}`),
      name,
    );
  }
  t.end();
});

t.test('keys that are planned but not built are unknown', (t) => {
  const bodies = ['overrides: []', 'faults: []', 'metrics: {openMetrics: true}'];
  for (const body of bodies) t.match(problemLines({ body }), [/unknown key/], body);
  t.end();
});

t.test('more problems than anybody would make by hand are all told', (t) => {
  const body = Array.from({ length: 50 }, (_, i) => `wrong${i}: 1`).join('\n');
  t.equal(problemLines({ body }).length, 50);
  t.end();
});
