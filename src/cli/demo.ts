/**
 * `svclane demo`: the main job on manifests, with backends of its own. No cluster, no root.
 */

import { fileURLToPath } from 'node:url';
import type { FlagValues } from '../config/option-layer.ts';
import type { Daemon } from '../daemon/daemon-contract.ts';
import { formatHostPort } from '../model/address.ts';
import type { Route } from '../model/route.ts';
import { channels, type SyncMessage } from '../observability/channels.ts';
import { createDemoBackends } from './demo-backends.ts';
import { loadConfig } from './load-config.ts';
import { formatTable } from './print-table.ts';
import { serve } from './run.ts';

/** The configuration of the demo, which stands beside `src` and `dist` alike. */
const DEMO_CONFIG = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));

/** Runs the demo until a signal; resolves with the exit code. */
export async function demoCommand(flags: FlagValues): Promise<number> {
  const readConfig = () => loadConfig({ config: DEMO_CONFIG, 'log-level': 'warn', ...flags }, process.env);
  const config = readConfig();
  const backends = createDemoBackends((message) => console.error(message));
  const onSync = ({ table }: SyncMessage): void => backends.follow(table);
  channels.sync.subscribe(onSync);
  try {
    return await serve(config, {
      reread: readConfig,
      ready: (daemon) => {
        introduce(daemon, config.source.type === 'manifests' ? config.source.path : 'the cluster');
        channels.sync.subscribe(tellChange);
      },
    });
  } finally {
    channels.sync.unsubscribe(onSync);
    channels.sync.unsubscribe(tellChange);
    backends.close();
  }
}

function introduce(daemon: Daemon, from: string): void {
  const routes = [...daemon.table().routes.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  console.log(`Forwarding the Services of ${from}\n`);
  console.log(formatTable(['SERVICE', 'FRONTEND', 'PROTOCOL', 'ENDPOINTS'], routes.map(rowOf)));
  console.log('Try:');
  for (const route of routes) console.log(`  ${tryLine(route)}`);
  console.log(`\nEdit a file in ${from} and try again. Ctrl-C ends it.\n`);
}

function tellChange({ diff, table }: SyncMessage): void {
  for (const key of diff.services) {
    const routes = table.services.get(key)?.routes ?? [];
    const counts = new Set(routes.map((route) => `${nameOf(route)} -> ${endpointsOf(route)}`));
    console.log(routes.length === 0 ? `${key} is gone` : `changed: ${[...counts].join(', ')}`);
  }
}

function rowOf(route: Route): readonly string[] {
  const { address, port, protocol } = route.frontend;
  return [nameOf(route), formatHostPort(address, port), protocol, endpointsOf(route)];
}

function tryLine({ frontend, listens }: Route): string {
  const { address, port, protocol } = frontend;
  const refused = listens ? '' : '   # no endpoint: refused';
  if (protocol === 'UDP') return `echo hello | nc -u -w1 ${address} ${port}${refused}`;
  return `curl http://${formatHostPort(address, port)}/${refused}`;
}

function nameOf({ servicePort: { namespace, service, portName, port } }: Route): string {
  return `${namespace}/${service}:${portName || port}`;
}

function endpointsOf({ servicePort: { endpoints } }: Route): string {
  if (endpoints.length === 0) return 'none';
  return endpoints.map(({ key, podName, ready }) => `${podName || key}${ready ? '' : ' (not ready)'}`).join(' ');
}
