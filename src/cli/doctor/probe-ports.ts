/**
 * Dials the endpoints of a Service for `doctor`: directly, and through the API server where pods cannot be reached otherwise.
 */

import type { Config } from '../../config/config.ts';
import { createProber } from '../../daemon/probe-endpoints.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ApiAccess } from '../../model/api-access.ts';
import type { Transport } from '../../model/transport.ts';
import { createDirectTransport } from '../../transport/direct.ts';
import { type CheckedPort, isUnreachable, type ProbeFact } from './check-service.ts';

const PROBE_TIMEOUT_MS = 2_000;
/** So many endpoints are enough to see what is the matter. */
const MAX_PROBES = 64;

/** What a pod says to a dial; "" = it accepts. */
const POD_WORDS: ReadonlySet<string> = new Set(['', 'ECONNREFUSED', 'ECONNRESET']);

/** The ways that there are. `access` `undefined` = there is no API server. */
export interface ProbeWays {
  readonly transport: Config['transport'];
  readonly access: ApiAccess | undefined;
}

type Wanted = Pick<ProbeFact, 'endpoint' | 'port' | 'isUsed'>;

/** Dials the TCP endpoints of ports, those that clients get and those that they do not. */
export async function probePorts(
  ports: readonly CheckedPort[],
  { transport, access }: ProbeWays,
): Promise<readonly ProbeFact[]> {
  const wanted = ports.flatMap(endpointsOf).slice(0, MAX_PROBES);
  const direct = transport === 'apiserver' ? [] : await probeAll(wanted, createDirectTransport());
  const isEnough = wanted.length === 0 || transport === 'direct' || access === undefined;
  if (isEnough || !direct.every(isUnreachable)) return direct;
  // It brings the WebSocket library.
  const { createApiserverTransport } = await import('../../transport/apiserver/apiserver-transport.ts');
  const apiserver = createApiserverTransport({ access });
  try {
    const probes = await probeAll(wanted, apiserver);
    // Where no pod had a word, as without the right to forward, this way says nothing of the Service.
    return direct.length > 0 && !probes.some(({ errno }) => POD_WORDS.has(errno)) ? direct : probes;
  } finally {
    apiserver.close();
  }
}

function endpointsOf({ name, decision }: CheckedPort): readonly Wanted[] {
  const { servicePort } = decision.route ?? {};
  if (servicePort?.protocol !== 'TCP') return [];
  const used = new Set(decision.endpoints.map(({ key }) => key));
  return servicePort.endpoints.map((endpoint) => ({ endpoint, port: name, isUsed: used.has(endpoint.key) }));
}

function probeAll(wanted: readonly Wanted[], transport: Transport): Promise<readonly ProbeFact[]> {
  const probe = createProber(transport, systemClock);
  const { name: via } = transport;
  return Promise.all(
    wanted.map(async (target) => {
      const { elapsedMs, error = '' } = await probe(target.endpoint, PROBE_TIMEOUT_MS);
      return { ...target, via, errno: error, elapsedMs };
    }),
  );
}
