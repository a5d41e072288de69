/**
 * svclane: its own process, from manifests, each Service at a lane on loopback. Defaults, but for the limits of flows.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serviceNodeOptions } from '../../built-main.ts';
import { type Running, start } from '../processes.ts';
import { type Forward, SERVICES } from '../target.ts';

/** How it is started; `nodeArgs` are for Node.js. */
export interface SvclaneOptions {
  readonly nodeArgs?: readonly string[];
  readonly workers?: number;
}

/** Starts it on all of `forwards`. `main` is its main file. */
export function startSvclane(
  folder: string,
  forwards: readonly Forward[],
  main: string,
  { nodeArgs = [], workers = 1 }: SvclaneOptions = {},
): Running {
  const manifests = join(folder, 'manifests');
  mkdirSync(manifests, { recursive: true });
  const yaml = forwards
    .slice(0, SERVICES.length)
    .flatMap(objects)
    .map((each) => stringify(each));
  writeFileSync(join(manifests, 'all.yaml'), yaml.join('---\n'));
  const file = join(folder, 'svclane.yaml');
  writeFileSync(
    file,
    stringify({
      ...BASE,
      ...(workers > 1 && moreWorkers(workers)),
      admin: { listen: `unix:${join(folder, 'admin.sock')}` },
      source: `file:${manifests}`,
      lanes: forwards.map(lane),
    }),
  );
  const profile = process.env.SVCLANE_BENCH_NODE_OPTIONS?.split(' ') ?? [];
  const options = [...serviceNodeOptions(), ...profile, ...nodeArgs];
  return start([process.execPath, ...options, main, 'run', '--config', file], join(folder, 'svclane.log'));
}

const BASE = {
  apiVersion: 'svclane.dev/v1alpha1',
  kind: 'ProxyConfiguration',
  mode: 'dev',
  defaults: { limits: { maxConnections: 8500 }, udp: { maxFlows: 10_000 } },
};

/** One worker alone counts the failures of an endpoint: the ejection of mode dev would keep the others out. */
function moreWorkers(workers: number): object {
  return { workers, defaults: { ...BASE.defaults, ejection: { consecutiveFailures: 0 } } };
}

function lane({ service, protocol, port }: Forward): object {
  return { target: `svc/${service}`, namespace: 'bench', port: 'main', protocol, listen: `127.0.0.1:${port}` };
}

function objects({ service: name, protocol, backendPort }: Forward): readonly object[] {
  const ports = [{ name: 'main', protocol, port: backendPort }];
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'bench', name }, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'bench', name, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ];
}
