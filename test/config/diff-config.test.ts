import t from 'tap';
import { diffConfig, reloadedConfig } from '../../src/config/diff-config.ts';
import { configOf } from '../fixtures/config.ts';

t.test('a change is named by its keys, and told from one that needs a restart', (t) => {
  const cases: readonly [string, string, readonly string[], readonly string[], (readonly string[])?][] = [
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
    [
      'history',
      'history: {maxRevisions: 7, maxAge: 1h, file: /x}',
      ['history.maxRevisions', 'history.maxAge'],
      ['history.file'],
    ],
    ['the source', 'source: file:/x', [], ['source']],
    ['the form of the log', 'logging: {format: json, accessLog: all}', ['logging.accessLog'], ['logging.format']],
    ['the way of capture', 'host: {capture: routes}\nsource: file:/x', [], ['source'], ['host.capture']],
    ['ranges', 'clusterCIDR: [10.0.0.0/8]', [], ['clusterCIDR']],
  ];
  for (const [name, body, reloadable, needsRestart, needsStop = []] of cases) {
    t.same(diffConfig(configOf(), configOf({ body })), { reloadable, needsRestart, needsStop }, name);
  }
  t.end();
});

t.test('what needs a new process stays as it is until there is one', (t) => {
  const next = configOf({ body: 'logging: {format: json, level: debug}\nhealth: {bindAddress: 127.0.0.1}' });
  const { logging, health } = reloadedConfig(configOf(), next);
  t.match(logging, { format: 'auto', level: 'debug' });
  t.same(health, configOf().health);
  t.end();
});
