/**
 * A test's side of an agent.
 */

import { join } from 'node:path';
import type { AgentOperations } from './agent-operations.ts';
import { startProcess } from './rig-process.ts';
import type { Run } from './run-folder.ts';

/** The operations of an agent; its process ends with the run. */
export type Agent = AgentOperations;

interface AgentAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Starts an agent in a namespace of the run and resolves when it listens for orders. */
export async function startAgent(run: Run, netns: string): Promise<Agent> {
  const command = [process.execPath, '--no-warnings', join(import.meta.dirname, 'agent.ts')];
  const name = `agent-${netns}`;
  const { child, exited } = startProcess(run, { name, netns, command, ipc: true });
  const waiting = new Map<number, Waiting>();
  const ready = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', ({ id, result, error }: AgentAnswer) => {
    const entry = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) entry?.resolve(result);
    else entry?.reject(new Error(error));
  });
  void exited.then((ending) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended: ${ending}`));
  });
  await ready;
  let lastId = 0;
  const operation = <K extends keyof AgentOperations>(name: K): AgentOperations[K] => {
    const call = (parameters: unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, operation: name, parameters });
      });
    return call as AgentOperations[K]; // both ends of the channel are compiled against the same operations
  };
  return {
    serveTcp: operation('serveTcp'),
    serveUdp: operation('serveUdp'),
    unserve: operation('unserve'),
    connect: operation('connect'),
    ask: operation('ask'),
    disconnect: operation('disconnect'),
    openUdp: operation('openUdp'),
    askUdp: operation('askUdp'),
    closeUdp: operation('closeUdp'),
    startTraffic: operation('startTraffic'),
    stopTraffic: operation('stopTraffic'),
    request: operation('request'),
  };
}
