import t from 'tap';
import { diffConfig } from '../../src/config/diff-config.ts';
import { configOf } from '../fixtures/config.ts';

t.test('a change is named by its keys, and told from one that needs a restart', (t) => {
  const cases: readonly [string, string, readonly string[], readonly string[]][] = [
    ['nothing', '', [], []],
    ['a default said', 'logging: {level: info}', [], []],
    ['lanes', 'lanes: [{target: "svc/a:1", listen: "127.0.0.1:1"}]', ['lanes'], []],
    ['services', 'services: [{match: {}, algorithm: random}]', ['services'], []],
    [
      'deep keys',
      'defaults: {algorithm: random, connect: {timeout: 3s}}',
      ['defaults.algorithm', 'defaults.connect.timeout'],
      [],
    ],
    ['both', 'logging: {level: warn}\nhealth: {bindAddress: 127.0.0.1}', ['logging.level'], ['health.bindAddress']],
    ['the source', 'source: file:/x', [], ['source']],
    ['ranges', 'clusterCIDR: [10.0.0.0/8]', [], ['clusterCIDR']],
  ];
  for (const [name, body, reloadable, needsRestart] of cases) {
    t.same(diffConfig(configOf(), configOf({ body })), { reloadable, needsRestart }, name);
  }
  t.end();
});
