/**
 * The agent's process: does what messages ask for, in the network namespace it was started in.
 */

import { request } from './agent-http.ts';
import type { AgentOperations } from './agent-operations.ts';
import { createTcpOperations } from './agent-tcp.ts';
import { createUdpOperations } from './agent-udp.ts';

const tcp = createTcpOperations();
const udp = createUdpOperations();
const operations: AgentOperations = {
  ...tcp,
  ...udp,
  request,
  async unserve({ port }) {
    await tcp.unserveTcp(port);
    await udp.unserveUdp(port);
  },
};

process.on('message', async ({ id, operation, parameters }: AgentCall) => {
  try {
    // The sender is typed: parameters are those of the operation.
    const result = await (operations[operation] as (parameters: unknown) => Promise<unknown>)(parameters);
    process.send?.({ id, result });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.once('disconnect', () => process.exit());
process.send?.({ id: 0 });

interface AgentCall {
  readonly id: number;
  readonly operation: keyof AgentOperations;
  readonly parameters: unknown;
}
