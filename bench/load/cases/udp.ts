/**
 * UDP echo through the target: as fast as it goes, and at a fixed rate.
 */

import { type BenchCase, costOf, ratio } from '../bench-case.ts';
import { run } from '../processes.ts';

const LOSS_FLOWS = 50;
const LOSS_RATE = 40_000;

/** Round trips; four datagrams of 100 bytes in flight a flow, at most 200 in all. */
export function udpCase(flows: number): BenchCase {
  return {
    name: `udp-${flows}`,
    title: `UDP round trips, ${flows} ${flows === 1 ? 'flow' : 'flows'}`,
    metrics: [
      { name: 'round trips', unit: '/s', better: 'higher', digits: 0, goal: ratio(1, 0.6) },
      { name: 'CPU each', unit: 'µs', better: 'lower', digits: 1 },
    ],
    async measure(target, { gen, seconds }) {
      const port = target.port('udp');
      if (port === undefined) return undefined;
      const command = [gen, 'udp', `127.0.0.1:${port}`, String(flows), String(seconds)];
      const { cpuSeconds, result } = await costOf(target, () => run(command));
      const { roundTrips, seconds: took } = JSON.parse(result);
      return { 'round trips': roundTrips / took, 'CPU each': (cpuSeconds / (roundTrips + flows)) * 1e6 };
    },
  };
}

export const udpLossCase: BenchCase = {
  name: 'udp-loss',
  title: `UDP at ${LOSS_RATE.toLocaleString('en')} datagrams/s, ${LOSS_FLOWS} flows`,
  metrics: [{ name: 'answered', unit: '%', better: 'higher', digits: 2, goal: ratio(1, 0.6) }],
  async measure(target, { gen, seconds }) {
    const port = target.port('udp');
    if (port === undefined) return undefined;
    const command = [gen, 'udp-rate', `127.0.0.1:${port}`, String(LOSS_FLOWS), String(LOSS_RATE), String(seconds)];
    const { sent, received } = JSON.parse(await run(command));
    return { answered: (received / sent) * 100 };
  },
};
