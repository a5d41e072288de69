/**
 * HTTP through the target, by wrk: over kept connections, or with a new connection for each request.
 */

import { type BenchCase, costOf, type Lab, type Metric, ratio, type Values } from '../bench-case.ts';
import { run } from '../processes.ts';
import type { Target } from '../target.ts';

const PER_SECOND: Metric = { name: 'requests', unit: '/s', better: 'higher', digits: 0, goal: ratio(1, 0.9) };
const CPU_EACH: Metric = { name: 'CPU each', unit: 'µs', better: 'lower', digits: 1 };

/** Long enough that opening a thousand connections is a small part of it. */
const LEAST_SECONDS_OF_MANY = 4;

/** Requests over kept connections, as many as there is time for. */
export function requestsCase(clients: number): BenchCase {
  return {
    name: `requests-${clients}`,
    title: `Requests over kept connections, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    metrics: [PER_SECOND, CPU_EACH],
    measure: (target, lab) => wrk(target, lab, clients, []),
  };
}

/** A connection for each request, closed by the backend. The worst ratio allowed is the same for rate and cost. */
export function connectionsCase(clients: number): BenchCase {
  return {
    name: 'connections',
    title: `New connections, ${clients} clients`,
    metrics: [
      { ...PER_SECOND, name: 'requests', goal: ratio(1, 0.45) },
      { ...CPU_EACH, goal: ratio(1, 1 / 0.45) },
    ],
    measure: (target, lab) => wrk(target, lab, clients, ['-H', 'Connection: close']),
  };
}

async function wrk(target: Target, lab: Lab, clients: number, flags: readonly string[]): Promise<Values> {
  const url = `http://127.0.0.1:${target.port('http')}/`;
  const seconds = Math.max(Math.ceil(lab.seconds), clients >= 1000 ? LEAST_SECONDS_OF_MANY : 1);
  const command = ['wrk', '-t', '1', '-c', String(clients), '-d', `${seconds}s`, ...flags, url];
  const { cpuSeconds, result } = await costOf(target, () => run(command));
  const count = Number(/(\d+) requests in/.exec(result)?.[1] ?? 0);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(result)?.[1] ?? 0);
  const failed = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(result)?.slice(1) ?? [];
  if (failed.some((errors) => errors !== '0')) console.log(`  ${target.name}: wrk had errors: ${failed.join(' ')}`);
  return { requests: perSecond, 'CPU each': (cpuSeconds / count) * 1e6 };
}
