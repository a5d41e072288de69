/**
 * Loaded into svclane's process: at SIGWINCH it collects all garbage, and says how much of the heap is in use then.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

process.on('SIGWINCH', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`heap ${((heapUsed + external) / 1024 / 1024).toFixed(1)} MiB\n`);
});
