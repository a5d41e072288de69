/**
 * Which function runs which kind of vector.
 */

import { run as endpointslices } from './kinds/endpointslices.ts';
import { run as flows } from './kinds/flows.ts';
import { run as loadbalancerRr } from './kinds/loadbalancer-rr.ts';
import { run as noLocalEndpoints } from './kinds/no-local-endpoints.ts';
import { run as nodeIps } from './kinds/node-ips.ts';
import { run as nodeportAddresses } from './kinds/nodeport-addresses.ts';
import { run as proxyHealth } from './kinds/proxy-health.ts';
import { run as serviceHealth } from './kinds/service-health.ts';
import { run as serviceUpdates } from './kinds/service-updates.ts';
import { run as services } from './kinds/services.ts';
import { run as topology } from './kinds/topology.ts';
import { run as triggerTimes } from './kinds/trigger-times.ts';
import { run as udpFlows } from './kinds/udp-flows.ts';
import type { VectorRunner } from './vector-case.ts';

/** The runner of each kind, by the `kind` of the file. */
export const RUNNERS: ReadonlyMap<string, VectorRunner> = new Map<string, VectorRunner>([
  ['endpointslices', endpointslices],
  ['flows', flows],
  ['loadbalancer-rr', loadbalancerRr],
  ['no-local-endpoints', noLocalEndpoints],
  ['node-ips', nodeIps],
  ['nodeport-addresses', nodeportAddresses],
  ['proxy-health', proxyHealth],
  ['service-health', serviceHealth],
  ['service-updates', serviceUpdates],
  ['services', services],
  ['topology', topology],
  ['trigger-times', triggerTimes],
  ['udp-flows', udpFlows],
]);
