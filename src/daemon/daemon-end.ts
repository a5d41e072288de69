/**
 * The two ends of a daemon: alone, or with a successor that serves already.
 */

import type { AdminServer } from '../admin/serve-app.ts';
import type { ServiceHealth } from '../admin/service-health.ts';
import type { Capture } from '../model/capture.ts';
import type { Source } from '../model/source.ts';
import type { CarryReply } from '../proxy/listener.ts';
import type { ListenerSet } from '../proxy/listener-set.ts';
import type { ControlLoop } from './control-loop.ts';
import type { TableGate } from './table-gate.ts';

export interface DaemonParts {
  readonly source: Source;
  readonly loop: ControlLoop;
  readonly gate: TableGate;
  /** Services by name: closed before the listeners that it hands clients to. */
  readonly names: { close(): Promise<void> } | undefined;
  readonly listeners: ListenerSet;
  readonly capture: Capture;
  readonly serviceHealth: ServiceHealth;
  readonly servers: readonly AdminServer[];
  /** What is closed last. */
  readonly rest: readonly { close(): unknown }[];
  /** What is broken does not keep the rest from ending. */
  readonly onError: (error: unknown) => void;
}

/** In the reverse order of the start. `ownsKernel`: what captures is ours to remove, and the sockets are ours alone. */
export function endDaemon(parts: DaemonParts, graceMs: number, ownsKernel: () => boolean): Promise<void> {
  const { source, loop, gate, names, listeners, capture, serviceHealth, servers, rest, onError } = parts;
  gate.end();
  return inTurn(onError, [
    () => source.close(),
    () => loop.close(),
    () => names?.close(),
    () => listeners.close({ graceMs, shared: !ownsKernel() }),
    () => (ownsKernel() ? capture.close() : capture.release()),
    () => serviceHealth.close(),
    () => Promise.all(servers.map((server) => server.close())),
    ...rest.map((part) => () => part.close()),
  ]);
}

/** Everything at once; flows alone are waited for. Clients that are held need tables all the while. */
export async function endWithSuccessor(parts: DaemonParts, graceMs: number, carry: CarryReply): Promise<void> {
  const { source, loop, gate, names, listeners, capture, serviceHealth, servers, rest, onError } = parts;
  const follows = listeners.heldClients > 0;
  if (follows) gate.resume();
  else gate.end();
  const ends = [() => source.close(), () => loop.close()];
  const drain = (): Promise<void> => listeners.handOver({ graceMs, carry });
  await Promise.all([
    inTurn(onError, follows ? [drain, ...ends] : [drain]),
    inTurn(onError, follows ? [] : ends),
    inTurn(onError, [() => names?.close()]),
    inTurn(onError, [() => capture.release()]),
    inTurn(onError, [() => serviceHealth.release()]),
    ...servers.map((server) => inTurn(onError, [() => server.release()])),
  ]);
  await inTurn(
    onError,
    rest.map((part) => () => part.close()),
  );
}

async function inTurn(onError: (error: unknown) => void, steps: readonly (() => unknown)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      onError(error);
    }
  }
}
