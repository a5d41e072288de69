import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Config } from '../../src/config/config.ts';
import { configOf, problemLines } from '../fixtures/config.ts';

t.test('without anything given a developer machine serves nothing and binds only the admin socket', (t) => {
  const config = configOf({ env: { HOME: '/home/ada', NODE_NAME: 'n' } });
  t.match(config, {
    mode: 'dev',
    source: { type: 'kubernetes' },
    nodeName: '',
    frontends: { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false },
    host: { capture: 'none' },
    health: { bindAddress: '' },
    metrics: { bindAddress: '', endpointLabels: false, maxSeries: 5000 },
    admin: {
      listen: 'unix:/home/ada/.cache/svclane/admin.sock',
      token: { path: '/home/ada/.config/svclane/token', create: true },
      allowMutations: true,
      allowInterventions: true,
      ui: true,
    },
    logging: { format: 'auto', level: 'info', accessLog: 'errors' },
  });
  t.same(config.defaults, {
    algorithm: 'roundrobin',
    connect: { timeoutMs: 2000, tries: 3, perTryTimeoutMs: 500 },
    onEmpty: { action: 'refuse', maxWaitMs: 10_000, maxQueued: 256 },
    ejection: { consecutiveFailures: 3, baseMs: 10_000, maxMs: 300_000, maxPercent: 50 },
    proxyProtocol: 'off',
    drain: { graceMs: 30_000 },
    udp: { balance: 'session', idleTimeoutMs: 60_000, maxFlows: 10_000 },
    limits: { maxConnections: 8000, maxConnectionsPerService: 0, maxConnectionsPerClient: 0, idleTimeoutMs: 0 },
  });
  t.end();
});

t.test('a node serves what kube-proxy serves', (t) => {
  const config = configOf({ body: 'mode: node' });
  t.match(config, {
    frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true, nodePortAddresses: [] },
    host: { capture: 'auto' },
    defaults: { udp: { maxFlows: 20_000 }, ejection: { consecutiveFailures: 0 }, onEmpty: { action: 'refuse' } },
    health: { bindAddress: '0.0.0.0:10256' },
    metrics: { bindAddress: '127.0.0.1:10249', endpointLabels: false, maxSeries: 5000 },
    admin: { listen: 'unix:/run/svclane/admin.sock', token: { path: '/run/svclane/token', create: true } },
  });
  t.end();
});

t.test('a flag beats the environment, which beats the file, which beats the default', (t) => {
  const body = 'logging: {level: error, format: json, accessLog: all}';
  const env = { SVCLANE_LOG_LEVEL: 'warn', SVCLANE_LOG_FORMAT: 'text' };
  const { logging } = configOf({ body, env, flags: { 'log-level': 'debug' } });
  t.same(logging, { level: 'debug', format: 'text', accessLog: 'all' });
  t.equal(
    configOf({ body: 'mode: dev', flags: { mode: 'node' } }).frontends.clusterIP,
    true,
    'defaults follow the mode',
  );
  t.end();
});

t.test('the name of the Node comes from the nearest that says it', (t) => {
  const node = { SVCLANE_MODE: 'node' };
  const cases: readonly [string, Parameters<typeof configOf>[0], string][] = [
    ['host name, lower case', { env: node, hostname: ' Host-1.Example\n' }, 'host-1.example'],
    ['NODE_NAME', { env: { ...node, NODE_NAME: 'n1' } }, 'n1'],
    ['file', { body: 'nodeName: N2', env: { ...node, NODE_NAME: 'n1' } }, 'n2'],
    ['twin', { body: 'nodeName: n2', env: { ...node, SVCLANE_HOSTNAME_OVERRIDE: 'n3' } }, 'n3'],
    ['flag', { body: 'nodeName: n2', env: node, flags: { 'hostname-override': 'N4' } }, 'n4'],
    ['dev, told', { flags: { 'hostname-override': 'n5' } }, 'n5'],
  ];
  for (const [name, input, expected] of cases) t.equal(configOf(input).nodeName, expected, name);
  t.end();
});

t.test('a host name that is no name of a Node is a problem on a node only', (t) => {
  const said = 'nodeName: expected the name of a Node, not "my_host": set nodeName or --hostname-override';
  t.same(problemLines({ body: 'mode: node', hostname: 'My_Host' }), [`host name: ${said}`]);
  t.same(problemLines({ body: 'mode: node', env: { NODE_NAME: 'my_host' } }), [`NODE_NAME: ${said}`]);
  t.same(problemLines({ hostname: 'My_Host' }), []);
  t.end();
});

t.test('every key of the file gets into the configuration', (t) => {
  const text = readFileSync(new URL('../fixtures/config-full.yaml', import.meta.url), 'utf8');
  const config = configOf({ file: { path: 'etc/full.yaml', text } });
  const expected: Partial<Config> = {
    source: { type: 'manifests', path: 'etc/manifests' },
    clientConnection: { kubeconfig: 'etc/kubeconfig', context: 'kind-dev' },
    nodeName: 'node-a',
    serviceProxyName: 'lane',
    scope: { namespaces: ['shop', 'bank'] },
    host: { capture: 'routes' },
    services: [
      {
        match: { namespace: 'shop', name: 'api' },
        algorithm: 'leastconn',
        connect: { timeoutMs: 1000, tries: 2, perTryTimeoutMs: 100 },
        onEmpty: { action: 'refuse', maxWaitMs: 4000, maxQueued: 5 },
        proxyProtocol: 'v2',
        udp: { balance: 'session' },
      },
      { match: { namespace: '', name: 'slow' }, connect: { timeoutMs: 5000 }, onEmpty: { maxWaitMs: 60_000 }, udp: {} },
      { match: { namespace: '', name: '' }, algorithm: 'random' },
    ],
    lanes: [
      { namespace: 'shop', service: 'web', port: 'http', protocol: 'TCP', address: '127.0.0.1', localPort: 8080 },
      { namespace: 'bank', service: 'dns', port: 53, protocol: 'UDP', address: '::1', localPort: 0 },
    ],
    health: { bindAddress: '[::]:10256' },
    metrics: { bindAddress: '127.0.0.1:1', endpointLabels: true, maxSeries: 7 },
    admin: {
      listen: 'http://127.0.0.1:10290',
      token: { path: '/etc/svclane/token', create: false },
      allowMutations: false,
      allowInterventions: false,
      ui: false,
    },
    logging: { format: 'json', level: 'trace', accessLog: 'off' },
  };
  t.match(config, expected);
  t.same(
    config.clusterCIDR.map((cidr) => cidr.text),
    ['10.0.0.0/8', 'fd00::/8'],
  );
  t.same(config.frontends.nodePortAddresses, ['192.168.0.0/16']);
  t.same(config.defaults, {
    algorithm: 'random',
    connect: { timeoutMs: 90_000, tries: 5, perTryTimeoutMs: 250 },
    onEmpty: { action: 'hold', maxWaitMs: 3000, maxQueued: 4 },
    ejection: { consecutiveFailures: 2, baseMs: 1000, maxMs: 120_000, maxPercent: 40 },
    proxyProtocol: 'v1',
    drain: { graceMs: 0 },
    udp: { balance: 'datagram', idleTimeoutMs: 1000, maxFlows: 7 },
    limits: { maxConnections: 9, maxConnectionsPerService: 8, maxConnectionsPerClient: 5, idleTimeoutMs: 3_600_000 },
  });
  t.end();
});

t.test('every flag and its twin set the same thing', (t) => {
  const cases: readonly [string, string, (config: Config) => unknown, unknown][] = [
    ['mode', 'node', (c) => c.mode, 'node'],
    ['source', 'file:demo', (c) => c.source, { type: 'manifests', path: 'demo' }],
    ['kubeconfig', 'k', (c) => c.clientConnection.kubeconfig, 'k'],
    ['context', 'c', (c) => c.clientConnection.context, 'c'],
    ['hostname-override', 'n', (c) => c.nodeName, 'n'],
    ['namespace', 'a,b', (c) => c.scope.namespaces, ['a', 'b']],
    ['cluster-cidr', '10.0.0.0/8, fd00::/8', (c) => c.clusterCIDR.map(({ text }) => text), ['10.0.0.0/8', 'fd00::/8']],
    ['nodeport-addresses', 'primary', (c) => c.frontends.nodePortAddresses, ['primary']],
    ['transport', 'apiserver', (c) => c.transport, 'apiserver'],
    ['capture', 'routes', (c) => c.host.capture, 'routes'],
    ['algorithm', 'leastconn', (c) => c.defaults.algorithm, 'leastconn'],
    ['healthz-bind-address', '127.0.0.1', (c) => c.health.bindAddress, '127.0.0.1:10256'],
    ['metrics-bind-address', '[::1]:9', (c) => c.metrics.bindAddress, '[::1]:9'],
    ['admin-listen', 'unix:/x', (c) => c.admin.listen, 'unix:/x'],
    ['admin-token', 'file:/x', (c) => c.admin.token, { path: '/x', create: false }],
    ['log-format', 'journal', (c) => c.logging.format, 'journal'],
    ['log-level', 'trace', (c) => c.logging.level, 'trace'],
    ['access-log', 'all', (c) => c.logging.accessLog, 'all'],
    ['lane', 'svc/a:1=127.0.0.1:2 svc/b:c=[::1]:0/udp', (c) => c.lanes.map(({ port }) => port), [1, 'c']],
  ];
  for (const [name, value, get, expected] of cases) {
    t.same(get(configOf({ flags: { [name]: value } })), expected, `--${name}`);
    const twin = `SVCLANE_${name.toUpperCase().replaceAll('-', '_')}`;
    t.same(get(configOf({ env: { [twin]: value } })), expected, twin);
  }
  t.end();
});

t.test('an empty flag turns off, an empty variable counts as absent', (t) => {
  const env = { SVCLANE_METRICS_BIND_ADDRESS: '', SVCLANE_NAMESPACE: '' };
  t.equal(configOf({ body: 'mode: node', env }).metrics.bindAddress, '127.0.0.1:10249');
  const flags = { 'metrics-bind-address': '', namespace: '' };
  const config = configOf({ body: 'mode: node\nscope: {namespaces: [a]}', flags });
  t.equal(config.metrics.bindAddress, '');
  t.same(config.scope.namespaces, []);
  t.equal(configOf({ flags: { 'admin-listen': '' } }).admin.listen, '');
  t.end();
});

t.test('all problems of all origins are told at once', (t) => {
  const lines = problemLines({
    body: 'mode: nod\nloging: {}\ndefaults:\n  ejektor: {}\n  connect: {tries: 0}\n',
    env: { SVCLANE_LOG_LEVEL: 'loud', SVCLANE_LANE: 'svc/web' },
    flags: { algorithm: 'leastcon', lane: ['svc/a:1=127.0.0.1:1', 'x'] },
  });
  const file = '/etc/svclane/config.yaml';
  const form = 'expected [NS/]svc/NAME:PORT=IP:PORT[/udp], such as svc/web:http=127.0.0.1:8080';
  t.same(lines, [
    `${file}:3: mode: expected one of dev, node, not "nod": did you mean node?`,
    `${file}:4: loging: unknown key: did you mean logging?`,
    `${file}:6: defaults.ejektor: unknown key: known here are algorithm, connect, onEmpty, ejection, proxyProtocol, drain, udp, limits`,
    `${file}:7: defaults.connect.tries: expected a whole number from 1 to 100, not 0`,
    `SVCLANE_LANE: lanes: ${form}, not "svc/web"`,
    'SVCLANE_LOG_LEVEL: logging.level: expected one of trace, debug, info, warn, error, not "loud"',
    `--lane: lanes: ${form}, not "x"`,
    '--algorithm: defaults.algorithm: expected one of roundrobin, random, leastconn, not "leastcon": did you mean leastconn?',
  ]);
  t.end();
});

t.test('the configuration is frozen throughout', (t) => {
  const config = configOf({ flags: { lane: 'svc/a:1=127.0.0.1:1', 'cluster-cidr': '10.0.0.0/8' } });
  for (const value of [config, config.lanes, config.lanes[0], config.defaults.connect, config.clusterCIDR[0]]) {
    t.ok(Object.isFrozen(value));
  }
  t.end();
});

t.test('the example files have no problems', (t) => {
  for (const [name, mode] of [
    ['demo', 'dev'],
    ['dev', 'dev'],
    ['node', 'node'],
  ] as const) {
    const text = readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8');
    t.equal(configOf({ file: { path: `config/${name}.yaml`, text } }).mode, mode, name);
  }
  t.end();
});
