/**
 * What every setting is unless told.
 */

import type { Config } from './config.ts';
import { DEFAULT_HEALTH_PORT, DEFAULT_METRICS_PORT } from './default-ports.ts';
import type { Settings } from './schema.ts';

/**
 * The defaults of a mode. A node serves what kube-proxy serves, at kube-proxy's health and metrics addresses; a
 * developer machine serves nothing but its lanes and needs no rights.
 */
export function defaultSettings(mode: Config['mode']): Settings {
  const node = mode === 'node';
  return {
    mode,
    source: 'kubernetes',
    clientConnection: { kubeconfig: '', context: '' },
    nodeName: '',
    serviceProxyName: '',
    scope: { namespaces: [] },
    clusterCIDR: [],
    transport: node ? 'direct' : 'auto',
    frontends: { clusterIP: node, nodePorts: node, externalIPs: node, loadBalancerIPs: node, nodePortAddresses: [] },
    host: { capture: node ? 'auto' : 'none' },
    workers: 1,
    defaults: {
      algorithm: 'roundrobin',
      connect: { timeout: '2s', tries: 3, perTryTimeout: '500ms' },
      onEmpty: { action: 'refuse', maxWait: '10s', maxQueued: 256 },
      // kube-proxy never leaves out an endpoint that the API calls ready.
      ejection: { consecutiveFailures: node ? 0 : 3, base: '10s', max: '5m', maxPercent: 50 },
      proxyProtocol: 'off',
      drain: { grace: '30s' },
      udp: { balance: 'session', idleTimeout: '1m', maxFlows: node ? 20_000 : 10_000 },
      // Each connection takes two file descriptors.
      limits: { maxConnections: 8000, maxConnectionsPerService: 0, maxConnectionsPerClient: 0, idleTimeout: '0s' },
    },
    services: [],
    lanes: [],
    health: { bindAddress: node ? `0.0.0.0:${DEFAULT_HEALTH_PORT}` : '' },
    metrics: { bindAddress: node ? `127.0.0.1:${DEFAULT_METRICS_PORT}` : '', endpointLabels: false, maxSeries: 5000 },
    admin: { listen: 'auto', token: 'auto', allowMutations: true, allowInterventions: !node, ui: true },
    history: { maxRevisions: 1000, maxAge: '24h', file: '' },
    logging: { format: 'auto', level: 'info', accessLog: 'errors' },
  };
}
