/**
 * Checks of this machine: who else claims Service addresses, and who holds the ports that svclane wants.
 */

import type { Failure, Finding } from './finding.ts';
import type { ListeningSocket, SocketOwner } from './listening-sockets.ts';

/** What is known of others on this machine. */
export interface ClaimsFact {
  /** svclane is to take Service addresses here. */
  readonly captures: boolean;
  /** Modes in which rules of a kube-proxy are in the kernel. */
  readonly kubeProxy: readonly string[];
  /** The svclane that has them in this network namespace; `undefined` = none. */
  readonly holder: SocketOwner | undefined;
  /** A daemon answers: it is that one. */
  readonly isHolderKnown: boolean;
  /** Why the kernel's rules could not be read; "" = they could. */
  readonly unreadable: string;
}

/** Another proxy's rules for the same addresses. */
export function checkClaims({ captures, kubeProxy, holder, isHolderKnown, unreadable }: ClaimsFact): Finding {
  const check = 'claims';
  if (!captures)
    return { check, state: 'ok', message: 'Service addresses are not captured: nobody is in the way', next: '' };
  if (kubeProxy.length > 0) {
    const message = `rules of a kube-proxy are on this machine too (${kubeProxy.join(', ')})`;
    return { check, state: 'fail', message, next: 'kube-proxy --cleanup, once it is stopped; or host.capture: none' };
  }
  if (holder && !isHolderKnown) {
    const message = `another svclane (pid ${holder.pid}) has the Service addresses: ${holder.command.slice(0, 160)}`;
    return { check, state: 'fail', message, next: `ps -fp ${holder.pid}` };
  }
  if (unreadable !== '') {
    return {
      check,
      state: 'skip',
      message: `who else claims Service addresses: ${unreadable}`,
      next: 'run it as root',
    };
  }
  return { check, state: 'ok', message: 'Service addresses: claimed by no other proxy', next: '' };
}

/** The running daemon. `host` is where it was looked for. */
export function checkDaemon(host: string, fact: DaemonFact | Failure): readonly Finding[] {
  const check = 'daemon';
  if (!('mode' in fact)) {
    return [{ check, state: 'skip', message: `no daemon answers at ${host}`, next: 'svclane run' }];
  }
  const failed = fact.failedListeners;
  return [
    { check, state: 'ok', message: `daemon ${fact.version} in mode ${fact.mode}, rev ${fact.generation}`, next: '' },
    ...fact.stale.map((kind): Finding => {
      return {
        check,
        state: 'warn',
        message: `the daemon's watch of ${kind} is not current`,
        next: 'svclane get services',
      };
    }),
    ...(failed === 0
      ? []
      : [{ check, state: 'fail', message: `${failed} listeners failed`, next: 'svclane get listeners' } as const]),
  ];
}

/** What a running daemon says of itself. */
export interface DaemonFact {
  readonly version: string;
  readonly mode: string;
  readonly generation: number;
  /** Kinds whose watch is not current. */
  readonly stale: readonly string[];
  readonly failedListeners: number;
}

/** An address that svclane is to listen at. */
export interface WantedPort {
  /** For people: `health`, `lane shop/web`. */
  readonly use: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
}

/** Ports that somebody else has. `ownerOf` is asked for those only. */
export function checkPorts(
  wanted: readonly WantedPort[],
  listening: readonly ListeningSocket[],
  ownerOf: (socket: ListeningSocket) => SocketOwner | undefined,
): readonly Finding[] {
  const check = 'ports';
  const taken = wanted.flatMap((want) => {
    const socket = listening.find((other) => collides(want, other));
    return socket ? [{ want, owner: ownerOf(socket) }] : [];
  });
  const others = taken.filter(({ owner }) => !isSvclane(owner));
  if (others.length === 0) {
    const free = wanted.map(({ use, port, protocol }) => `${use} ${port}/${protocol.toLowerCase()}`).join(', ');
    const message = wanted.length === 0 ? 'ports: none are wanted' : `ports: ${free} are free or svclane's own`;
    return [{ check, state: 'ok', message, next: '' }];
  }
  return others.map(({ want, owner }): Finding => {
    const who = owner ? `${owner.command.slice(0, 160)} (pid ${owner.pid})` : 'a process that cannot be seen';
    const message = `port ${want.port}/${want.protocol.toLowerCase()} (${want.use}) is held by ${who}`;
    return { check, state: 'fail', message, next: owner ? `ps -fp ${owner.pid}` : 'run it as root to see who' };
  });
}

function collides(want: WantedPort, { protocol, address, port }: ListeningSocket): boolean {
  if (want.protocol !== protocol || want.port !== port) return false;
  return want.address === address || ANY.has(want.address) || ANY.has(address);
}

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** `…/bin/svclane run`, or `node …/main.js run`. */
function isSvclane(owner: SocketOwner | undefined): boolean {
  return owner !== undefined && /(?:^|\/)svclane(?: |$)|\/main\.[jt]s (?:run|demo|forward)\b/.test(owner.command);
}
