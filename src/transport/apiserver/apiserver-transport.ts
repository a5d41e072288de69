/**
 * Apiserver transport: a backend is reached through the API server, by `pods/portforward`.
 *
 * `docs/apiserver-transport.md` says what the way through can and cannot do.
 */

import { createBackoff } from '../../lib/backoff.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { ApiAccess } from '../../model/api-access.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Transport } from '../../model/transport.ts';
import { DialGrace, GRACE_LIMITS, type GraceLimits } from './dial-grace.ts';
import { Failing } from './failing.ts';
import { CHANNEL_PROTOCOL, TUNNEL_PROTOCOL } from './open-web-socket.ts';
import { PodTunnels, type TunnelsContext } from './pod-tunnels.ts';
import { PortDial } from './port-dial.ts';
import { TransportError } from './transport-error.ts';
import { TUNNEL_TIMINGS, type TunnelTimings } from './tunnel.ts';

/** What a transport is made of. Everything but `access` has a good default. */
export interface ApiserverTransportOptions {
  readonly access: ApiAccess;
  readonly clock?: Clock;
  readonly timings?: Partial<TunnelTimings>;
  /** How long a refusal is waited for. */
  readonly grace?: GraceLimits;
  /** The WebSocket protocols to offer. */
  readonly protocols?: readonly string[];
  /** Tunnels to one pod at a time. */
  readonly maxTunnels?: number;
  /** [0, 1), for pauses between attempts to reach an API server that fails. */
  readonly random?: () => number;
}

/** A transport that holds tunnels. Who makes it closes it, which ends every connection it has made. */
export interface ApiserverTransport extends Transport {
  readonly name: 'apiserver';
  close(): void;
}

const MAX_TUNNELS = 8;
const RETRY = { baseMs: 100, maxMs: 2000 };

/** Makes a transport; nothing is opened before the first dial. */
export function createApiserverTransport(options: ApiserverTransportOptions): ApiserverTransport {
  const pods = new Map<string, PodTunnels>();
  const clock = options.clock ?? systemClock;
  const limits = options.grace ?? GRACE_LIMITS;
  const context: TunnelsContext = {
    access: options.access,
    clock,
    timings: { ...TUNNEL_TIMINGS, ...options.timings },
    protocols: options.protocols ?? [TUNNEL_PROTOCOL, CHANNEL_PROTOCOL],
    maxTunnels: options.maxTunnels ?? MAX_TUNNELS,
    hasTunnels: undefined,
    failing: new Failing(clock, createBackoff({ ...RETRY, random: options.random ?? Math.random })),
  };
  const tunnelsOf = ({ namespace, podName }: Endpoint): PodTunnels => {
    const key = `${namespace}/${podName}`;
    const known = pods.get(key);
    if (known !== undefined) return known;
    const graces = new DialGrace(clock, limits);
    const made = new PodTunnels(context, { namespace, podName }, graces, () => pods.delete(key));
    pods.set(key, made);
    return made;
  };
  return {
    name: 'apiserver',
    dialTcp(endpoint, handlers) {
      const tunnels = endpoint.podName === '' ? undefined : tunnelsOf(endpoint);
      const dial = new PortDial(endpoint.port, handlers, clock, tunnels?.graces ?? new DialGrace(clock, limits));
      if (tunnels === undefined) failLater(dial, `the endpoint ${endpoint.key} names no pod`);
      else tunnels.dial(dial);
      return dial;
    },
    close() {
      for (const tunnels of pods.values()) tunnels.close();
    },
  };
}

function failLater(dial: PortDial, why: string): void {
  setImmediate(() => dial.failed(new TransportError('EHOSTUNREACH', why)));
}
