/**
 * Calls between this process and one that it started, over the channel between them.
 *
 *   call(name, parameters) ──{id, name, parameters}──▶ serve(operations) ──{id, result | error}──▶ resolves or rejects
 */

import type { RigProcess } from '../../test/cluster/rig/rig-process.ts';

/** An operation: plain data in, plain data out. */
export type Operation = (parameters: never) => unknown;

export interface Remote<T extends Readonly<Record<string, Operation>>> {
  call<K extends keyof T & string>(name: K, ...parameters: Parameters<T[K]>): Promise<Awaited<ReturnType<T[K]>>>;
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly parameters: never;
}

interface Answer {
  readonly id: number;
  readonly result?: never;
  readonly error?: string;
}

/** Serves the process that started this one. The channel does not keep this process alive when `background`. */
export function serve(operations: Readonly<Record<string, Operation>>, { background = false } = {}): void {
  process.on('message', async ({ id, name, parameters }: Call) => {
    try {
      process.send?.({ id, result: await operations[name]?.(parameters) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  if (background) process.channel?.unref();
}

/** The calls to a process that was started with a channel, and serves. Rejects them all when it ends. */
export function remoteOf<T extends Readonly<Record<string, Operation>>>({ child, exited }: RigProcess): Remote<T> {
  const waiting = new Map<number, PromiseWithResolvers<never>>();
  let lastId = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error !== undefined || result === undefined) call?.reject(new Error(error ?? 'no answer'));
    else call?.resolve(result);
  });
  void exited.then((ending) => {
    for (const call of waiting.values()) call.reject(new Error(`the process ended: ${ending}`));
  });
  return {
    call(name, ...[parameters]) {
      const answer = Promise.withResolvers<never>();
      lastId += 1;
      waiting.set(lastId, answer);
      child.send({ id: lastId, name, parameters });
      return answer.promise;
    },
  };
}
