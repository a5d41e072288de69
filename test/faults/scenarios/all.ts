/**
 * The scenarios, in the order of the table.
 */

import type { Scenario } from '../scenario.ts';
import { apiAway } from './api-away.ts';
import { blockedLoop } from './blocked-loop.ts';
import { clockJump } from './clock-jump.ts';
import { descriptors } from './descriptors.ts';
import { fuzz } from './fuzz.ts';
import { halfOpen } from './half-open.ts';
import { noEndpoint } from './no-endpoint.ts';
import { resets } from './resets.ts';
import { rollout } from './rollout.ts';
import { shortFlows } from './short-flows.ts';
import { handOver, sighup, sigkill, sigterm } from './signals.ts';
import { silentEndpoint } from './silent-endpoint.ts';
import { slowReaders } from './slow-readers.ts';

export const SCENARIOS: readonly Scenario[] = [
  rollout,
  silentEndpoint,
  noEndpoint,
  slowReaders,
  halfOpen,
  descriptors,
  shortFlows,
  resets,
  fuzz,
  clockJump,
  blockedLoop,
  sigterm,
  sighup,
  handOver,
  sigkill,
  apiAway,
];
