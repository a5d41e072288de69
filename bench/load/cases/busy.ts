/**
 * One busy connection beside many that are idle: they should cost it nothing.
 */

import type { BenchCase } from '../bench-case.ts';
import { startReady } from '../processes.ts';
import { bulkCase } from './bulk.ts';

const IDLE = 8_000;
const bulk = bulkCase(1, 'up');

export const busyCase: BenchCase = {
  name: 'busy',
  title: `One busy connection beside ${IDLE.toLocaleString('en')} idle ones, against alone`,
  metrics: [
    { name: 'of alone', unit: '×', better: 'higher', digits: 2, goal: { kind: 'value', goal: 0.95, atLeast: 0.9 } },
  ],
  async measure({ name }, lab) {
    if (name === 'direct') return undefined;
    const target = await lab.fresh(name);
    try {
      const throughput = async (): Promise<number> => (await bulk.measure(target, lab))?.throughput ?? 0;
      const before = await throughput();
      const idle = await startReady([lab.gen, 'idle-tcp', `127.0.0.1:${target.port('echo')}`, String(IDLE)]);
      const beside = await throughput();
      await idle.stop();
      const after = await throughput();
      return { 'of alone': (2 * beside) / (before + after) };
    } finally {
      await target.stop();
    }
  },
};
