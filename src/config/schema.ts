/**
 * The schema of the configuration file: every key, what it may hold and what it means.
 *
 * What a key is unless told is in `defaultSettings`.
 */

import { type Static, type TProperties, Type } from 'typebox';
import { parseCidr } from '../model/address.ts';
import { ALGORITHMS, PROXY_PROTOCOLS, UDP_BALANCES } from '../model/service.ts';
import { parseAdminListen } from './admin-listen.ts';
import { isAdminToken } from './admin-token.ts';
import { DEFAULT_HEALTH_PORT, DEFAULT_METRICS_PORT } from './default-ports.ts';
import { LANE } from './lane-schema.ts';
import { bindAddress, choice, duration, flag, list, text, textOrEmpty, whole } from './leaves.ts';
import { isLabelName, isLabelValue, isNodeName } from './names.ts';

const STRICT = { additionalProperties: false };

/** Threads cost some 18 MB each, and share the cores that there are. */
const MAX_WORKERS = 64;

export const API_VERSION = 'svclane.dev/v1alpha1';

const clientConnection = {
  kubeconfig: text({
    description:
      'kubeconfig file, in a configuration file relative to its folder; "" = `KUBECONFIG`, then `~/.kube/config`, then in-cluster',
    expected: 'a path',
  }),
  context: text({ description: 'context of the kubeconfig; "" = its current one', expected: 'the name of a context' }),
};

const frontends = {
  clusterIP: flag('serve cluster IPs'),
  nodePorts: flag('serve node ports'),
  externalIPs: flag('serve external IPs'),
  loadBalancerIPs: flag('serve load-balancer IPs'),
  nodePortAddresses: Type.Refine(
    Type.Array(text({ description: '', expected: 'a CIDR such as 192.168.1.0/24, or primary' }, isNodePortAddress), {
      description: 'local addresses that serve node ports: CIDRs, or `primary` alone; empty = every one',
      expected: 'a list of CIDRs, or of primary alone',
    }),
    (entries) => entries.length < 2 || !entries.includes('primary'),
  ),
};

const connect = {
  timeout: duration('all tries to connect together', 1),
  tries: whole('how many endpoints are tried', 1, 100),
  perTryTimeout: duration('one try', 1),
};

const onEmpty = {
  action: choice('what TCP clients get while no endpoint could serve; `hold` = they wait', ['refuse', 'hold']),
  maxWait: duration('a held client is reset after so long', 1),
  maxQueued: whole('clients held at one address of a Service; a further one is reset', 1, 100_000),
};

const ejection = {
  consecutiveFailures: whole('dials to an endpoint that fail in a row until it is left out; 0 = off', 0, 1000),
  base: duration('how long it is left out the first time; doubled each further time until a dial succeeds', 1),
  max: duration('the longest time it is left out', 1),
  maxPercent: whole('of the eligible endpoints of a Service port, how many may be left out', 1, 100),
};

const proxyProtocol = choice(
  'header of the PROXY protocol that TCP endpoints get ahead of the first byte',
  PROXY_PROTOCOLS,
);

const balance = choice('what is balanced over UDP: a client until it is idle, or each datagram', UDP_BALANCES);

const defaults = {
  algorithm: choice('how an endpoint is chosen', ALGORITHMS),
  connect: strict(connect),
  onEmpty: strict(onEmpty),
  ejection: strict(ejection),
  proxyProtocol,
  drain: strict({ grace: duration('how long open flows may go on when svclane stops', 0) }),
  udp: strict({
    balance,
    idleTimeout: duration('a UDP flow ends after so long without a datagram', 1),
    maxFlows: whole('UDP flows at a time; each takes one file descriptor', 1, 1_000_000),
  }),
  limits: strict({
    maxConnections: whole('TCP connections at a time; each takes two file descriptors', 1, 1_000_000),
    maxConnectionsPerService: whole('TCP connections of one Service at a time; 0 = no limit', 0, 1_000_000),
    maxConnectionsPerClient: whole('TCP connections of one client address at a time; 0 = no limit', 0, 1_000_000),
    idleTimeout: duration('a TCP flow ends after so long without a byte; 0s = never', 0),
  }),
};

const service = strict({
  match: strict({
    namespace: Type.Optional(
      textOrEmpty({ description: '"" or absent = every namespace', expected: 'the name of a namespace' }, isLabelName),
    ),
    name: Type.Optional(
      textOrEmpty({ description: '"" or absent = every Service', expected: 'the name of a Service' }, isLabelName),
    ),
  }),
  algorithm: Type.Optional(choice('instead of `defaults.algorithm`', ALGORITHMS)),
  connect: Type.Optional(Type.Partial(strict(connect), STRICT)),
  onEmpty: Type.Optional(Type.Partial(strict(onEmpty), STRICT)),
  proxyProtocol: Type.Optional(proxyProtocol),
  udp: Type.Optional(Type.Partial(strict({ balance }), STRICT)),
});

const adminListen = text(
  {
    description: 'the admin API: `unix:/PATH`, `http://127.0.0.1:PORT`, `auto`, or "" = off',
    expected: 'auto, unix:/PATH (at most 107 bytes), http://127.0.0.1:PORT, or ""',
  },
  (value) => value === '' || value === 'auto' || parseAdminListen(value) !== undefined,
);

const admin = {
  listen: adminListen,
  token: text(
    {
      description:
        'what a change needs, and beyond loopback everything: `auto` = a file that svclane makes, `file:/PATH` = one that is there, "" = nothing can be changed',
      expected: 'auto, file:/PATH, or ""',
    },
    isAdminToken,
  ),
  allowMutations: flag('whether the admin API takes changes: drain, kill, reload, probe'),
  allowInterventions: flag('whether it takes overrides and faults besides, where it takes changes'),
  ui: flag('serve the web page at the admin address'),
};

const metrics = {
  bindAddress: bindAddress('metrics', DEFAULT_METRICS_PORT),
  endpointLabels: flag('metrics by endpoint besides; pods come and go, so that they are many'),
  maxSeries: whole(
    'series that have labels of Services, over all metrics; what comes later shares one, `other`',
    1,
    1_000_000,
  ),
};

const history = {
  maxRevisions: whole('tables of the past that are kept, so that it can be told what changed', 1, 1_000_000),
  maxAge: duration('how long they are kept; the newest is kept for ever', 1000),
  file: text({
    description: 'a file in which they outlive a restart; in a configuration file relative to its folder; "" = none',
    expected: 'a path',
  }),
};

const logging = {
  format: choice('`auto` = text on a terminal, journal under systemd, else json', ['auto', 'json', 'text', 'journal']),
  level: choice('the least level that is logged', ['trace', 'debug', 'info', 'warn', 'error']),
  accessLog: choice('which ended flows are logged', ['off', 'errors', 'all']),
};

/** Every setting in the file's form, complete. A layer (file, environment, flags) has any part of it. */
export const SETTINGS = strict({
  mode: choice('what the defaults are made for: a developer machine, or a cluster node', ['dev', 'node']),
  source: text(
    {
      description:
        '`kubernetes`, or `file:PATH`: manifests, a folder or a file; in a configuration file PATH is relative to its folder',
      expected: 'kubernetes, or file:PATH',
    },
    (value) => /^(kubernetes|file:.+)$/.test(value),
  ),
  clientConnection: strict(clientConnection),
  nodeName: textOrEmpty(
    {
      description: 'the Node svclane runs on; "" = in mode node `NODE_NAME`, then the host name; in mode dev none',
      expected: 'the name of a Node',
    },
    (value) => isNodeName(value.trim().toLowerCase()),
  ),
  serviceProxyName: textOrEmpty(
    {
      description:
        'serve the Services whose label `service.kubernetes.io/service-proxy-name` is this; "" = those without the label',
      expected: 'the value of a label',
    },
    isLabelValue,
  ),
  scope: strict({
    namespaces: list(
      'namespaces to watch; empty = all',
      text({ description: '', expected: 'the name of a namespace' }, isLabelName),
    ),
  }),
  clusterCIDR: list(
    'clients from these ranges are pods; empty = the podCIDRs of the own Node',
    text({ description: '', expected: 'a CIDR such as 10.244.0.0/16' }, isCidr),
  ),
  transport: choice(
    'how pods are reached: at their addresses, or through the API server; `auto` = the first where that works',
    ['auto', 'direct', 'apiserver'],
  ),
  frontends: strict(frontends),
  host: strict({
    capture: choice('how the kernel hands Service addresses over; `none` = they are bound as they are', [
      'auto',
      'nftables',
      'routes',
      'none',
    ]),
  }),
  workers: whole(
    'event loops that serve, each a thread of its own; beyond 1 only where pods are reached directly',
    1,
    MAX_WORKERS,
  ),
  defaults: strict(defaults),
  services: list('what differs for some Services; the first entry that matches counts', service),
  lanes: list('Service ports at local addresses', LANE),
  health: strict({ bindAddress: bindAddress('health checks', DEFAULT_HEALTH_PORT) }),
  metrics: strict(metrics),
  admin: strict(admin),
  history: strict(history),
  logging: strict(logging),
});

export type Settings = Static<typeof SETTINGS>;

const header = { apiVersion: choice('version of this format', [API_VERSION]) };

/** A file of each kind: everything, or nothing but lanes for a team to share. */
export const FILE_SCHEMAS = {
  ProxyConfiguration: strict({
    ...header,
    kind: choice('kind of file', ['ProxyConfiguration']),
    ...SETTINGS.properties,
  }),
  Lanes: strict({ ...header, kind: choice('kind of file', ['Lanes']), lanes: SETTINGS.properties.lanes }),
};

function strict<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, STRICT);
}

function isCidr(value: string): boolean {
  return parseCidr(value) !== undefined;
}

function isNodePortAddress(value: string): boolean {
  return value === 'primary' || isCidr(value);
}
