/**
 * Visits: one exchange with whoever serves an address, told as one word.
 */

import type { Agent } from './agent-client.ts';
import type { Target } from './agent-operations.ts';
import { eventually, type Patience } from './eventually.ts';

/** The identity of the backend that a new TCP connection reaches, or what it fails with. */
export async function visitTcp(agent: Agent, host: string, port: number): Promise<string> {
  const result = await agent.connect({ host, port });
  if ('error' in result) return result.error;
  await agent.disconnect(result);
  return result.identity;
}

/** The identity of the backend that answers a datagram from a new socket, or what it fails with. */
export async function visitUdp(agent: Agent, host: string, port: number): Promise<string> {
  const { socket } = await agent.openUdp({ host, port });
  const result = await agent.askUdp({ socket, text: 'hello' });
  await agent.closeUdp({ socket });
  return 'error' in result ? result.error : result.identity;
}

/** The identities that `count` new TCP connections reach, sorted, each once. */
export async function visitMany(agent: Agent, { host, port }: Target, count: number): Promise<readonly string[]> {
  const met = new Set<string>();
  for (let i = 0; i < count; i++) met.add(await visitTcp(agent, host, port));
  return [...met].sort();
}

/** Waits until a new TCP connection meets `expected`. */
export function untilVisit(
  agent: Agent,
  host: string,
  port: number,
  expected: string,
  patience?: Patience,
): Promise<unknown> {
  const what = `a connection to ${host}:${port} meets ${expected}`;
  return eventually(what, async () => (await visitTcp(agent, host, port)) === expected, patience);
}
