/**
 * All cases, in the order in which they are run and reported.
 */

import type { BenchCase } from '../bench-case.ts';
import { bulkCase } from './bulk.ts';
import { busyCase } from './busy.ts';
import { latencyCase } from './latency.ts';
import { connectionMemoryCase, flowMemoryCase, listenerMemoryCase } from './memory.ts';
import { connectionsCase, requestsCase } from './requests.ts';
import { udpCase, udpLossCase } from './udp.ts';

export const CASES: readonly BenchCase[] = [
  bulkCase(1, 'up'),
  bulkCase(1, 'down'),
  bulkCase(16, 'up'),
  bulkCase(16, 'down'),
  requestsCase(1),
  requestsCase(32),
  requestsCase(1000),
  latencyCase,
  connectionsCase(32),
  udpCase(1),
  udpCase(50),
  udpCase(5000),
  udpLossCase,
  connectionMemoryCase,
  flowMemoryCase,
  listenerMemoryCase,
  busyCase,
];
