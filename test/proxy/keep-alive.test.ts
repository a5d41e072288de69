import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { keepAlive } from '../../src/proxy/keep-alive.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

/** The timers of /proc/net/tcp: a connection on which nothing is under way has none, or that of keep-alive. */
const NONE = '00';
const KEEP_ALIVE = '02';

t.test('the kernel asks a silent peer only where that was wanted', async (t) => {
  if (process.platform !== 'linux') return;
  const [near, far] = await socketPair(t);
  t.strictSame([timerOf(near), timerOf(far)], [NONE, NONE]);
  keepAlive(near);
  t.strictSame([timerOf(near), timerOf(far)], [KEEP_ALIVE, NONE]);
});

t.test('what is no socket, or is gone, is left as it is', async (t) => {
  const [near] = await socketPair(t);
  near.destroy();
  for (const stream of [near, new PassThrough()]) t.doesNotThrow(() => keepAlive(stream));
});

function timerOf({ localPort = 0, remotePort = 0 }: Socket): string | undefined {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const ends = new RegExp(`\\w+:${hex(localPort)} \\w+:${hex(remotePort)} `);
  const line = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .find((row) => ends.test(row));
  return line?.trim().split(/\s+/)[5]?.slice(0, 2);
}
