/**
 * Latency: what a target adds to requests at a modest, fixed rate.
 */

import { type BenchCase, ratio } from '../bench-case.ts';
import { run } from '../processes.ts';

const CLIENTS = '32';
const RATE = '1000';
/** A p99 wants some thousand requests. */
const LEAST_SECONDS = 4;

export const latencyCase: BenchCase = {
  name: 'latency',
  title: `Latency added at ${RATE} requests/s over ${CLIENTS} kept connections`,
  metrics: [
    { name: 'p50', unit: 'µs', better: 'lower', digits: 0, added: true },
    { name: 'p99', unit: 'µs', better: 'lower', digits: 0, added: true, goal: ratio(1.2, 1.5) },
  ],
  async measure(target, { gen, seconds }) {
    const address = `127.0.0.1:${target.port('http')}`;
    const { p50, p99 } = JSON.parse(
      await run([gen, 'http-rate', address, CLIENTS, RATE, String(Math.max(LEAST_SECONDS, seconds))]),
    );
    return { p50, p99 };
  },
};
