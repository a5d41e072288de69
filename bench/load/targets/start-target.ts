/**
 * Starts any target, and waits until it serves.
 */

import { mkdirSync } from 'node:fs';
import { accepting, freePorts } from '../ports.ts';
import { cpuSecondsOf, type Running, rssBytesOf } from '../processes.ts';
import { type Forward, SERVICES, type Target, type TargetName, type TargetOptions } from '../target.ts';
import { startHaproxy } from './haproxy.ts';
import { startNginx } from './nginx.ts';
import { startSvclane } from './svclane.ts';

const WITHOUT_TELEMETRY = `--import=${new URL('./without-telemetry.ts', import.meta.url).href}`;

/** Resolves when HTTP and echo are accepted: iperf3 takes each connection for a test. The owner calls `stop`. */
export async function startTarget(name: TargetName, options: TargetOptions): Promise<Target> {
  const { backends } = options;
  if (name === 'direct') return direct(backends.port);
  const forwards = await chooseForwards(options);
  mkdirSync(options.folder, { recursive: true });
  const running = launch(name, options, forwards);
  for (const { name: forward, port } of forwards) {
    if (forward === 'http' || forward === 'echo') await accepting(port, `${name} (its log is in ${options.folder})`);
  }
  return {
    name,
    port: (service) => {
      const forward = forwards.find((each) => each.name === service);
      return forward?.protocol === 'UDP' && name === 'haproxy' ? undefined : forward?.port;
    },
    cpuSeconds: () => cpuSecondsOf(running.pid),
    rssBytes: () => rssBytesOf(running.pid),
    stop: () => running.stop(),
  };
}

function launch(name: TargetName, { folder, main }: TargetOptions, forwards: readonly Forward[]): Running {
  if (name === 'haproxy') return startHaproxy(folder, forwards);
  if (name === 'nginx') return startNginx(folder, forwards);
  if (name === 'svclane-bare') return startSvclane(folder, forwards, main, { nodeArgs: [WITHOUT_TELEMETRY] });
  return startSvclane(folder, forwards, main, { workers: Number(/\d+$/.exec(name)?.[0] ?? 1) });
}

function direct(port: Target['port']): Target {
  return { name: 'direct', port, cpuSeconds: () => 0, rssBytes: () => 0, stop: async () => {} };
}

async function chooseForwards({ backends, extraListeners }: TargetOptions): Promise<readonly Forward[]> {
  const ports = await freePorts(SERVICES.length + extraListeners);
  return ports.map((port, index) => {
    const service = SERVICES[index] ?? 'echo';
    const name = SERVICES[index] ?? `extra-${index}`;
    return { name, service, protocol: service === 'udp' ? 'UDP' : 'TCP', port, backendPort: backends.port(service) };
  });
}
