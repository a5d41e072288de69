/**
 * HAProxy: mode tcp, one thread.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, start } from '../processes.ts';
import type { Forward } from '../target.ts';

/** Starts it on what is TCP of `forwards`: it does no UDP. */
export function startHaproxy(folder: string, forwards: readonly Forward[]): Running {
  const file = join(folder, 'haproxy.cfg');
  const listeners = forwards.filter(({ protocol }) => protocol === 'TCP').map(listener);
  writeFileSync(file, `${HEAD}\n${listeners.join('\n')}\n`);
  return start(['/usr/sbin/haproxy', '-db', '-f', file], join(folder, 'haproxy.log'));
}

const HEAD = `global
  nbthread 1
  maxconn 8500
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
`;

function listener({ name, port, backendPort }: Forward): string {
  return `listen ${name}\n  bind 127.0.0.1:${port} backlog 4096\n  server one 127.0.0.1:${backendPort}\n`;
}
