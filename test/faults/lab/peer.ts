/**
 * A process of traffic in a network namespace, and how it is told what to do.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { PeerCalls } from '../traffic/run-peer.ts';

const SCRIPT = new URL('../traffic/run-peer.ts', import.meta.url).pathname;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A peer; each call runs in its namespace. `kill` is SIGKILL, resolved when it is gone. */
export type Peer = PeerCalls & { kill(): Promise<void> };

/** Starts one by the command that leads into a namespace. */
export function startPeer(within: readonly string[]): Peer {
  const [program = '', ...args] = [...within, process.execPath, '--no-warnings', SCRIPT];
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', (message) => settle(waiting, message));
  child.once('exit', () => {
    for (const call of waiting.values()) call.reject(new Error('a process of traffic has ended'));
  });
  let lastId = 0;
  const call = (name: string, args: readonly unknown[]): Promise<unknown> => {
    const id = ++lastId;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    child.send({ id, name, args });
    return answer.promise;
  };
  return new Proxy({} as Peer, {
    get: (_, name) => (name === 'kill' ? () => end(child) : (...args: unknown[]) => call(String(name), args)),
  });
}

function settle(waiting: Map<number, PromiseWithResolvers<unknown>>, message: unknown): void {
  const { id, result, error } = message as Answer;
  const call = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) call?.resolve(result);
  else call?.reject(new Error(error));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
