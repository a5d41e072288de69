/**
 * nginx: module stream, one worker.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, start } from '../processes.ts';
import type { Forward } from '../target.ts';

/** Starts it on all of `forwards`. */
export function startNginx(folder: string, forwards: readonly Forward[]): Running {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, forwards));
  return start(['/usr/sbin/nginx', '-c', file, '-e', 'stderr'], join(folder, 'nginx.log'));
}

function configuration(folder: string, forwards: readonly Forward[]): string {
  return `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 19900; }
stream {
  proxy_connect_timeout 2s;
  proxy_buffer_size 64k;
  tcp_nodelay on;
${forwards.map(server).join('\n')}
}
`;
}

/** A UDP flow lasts a minute, as svclane's; the listener's buffer is as large as svclane's. */
function server({ protocol, port, backendPort }: Forward): string {
  const options = protocol === 'UDP' ? ' udp rcvbuf=1m' : ' backlog=4096';
  const timeout = protocol === 'UDP' ? '1m' : '1h';
  return `  server { listen 127.0.0.1:${port}${options}; proxy_pass 127.0.0.1:${backendPort}; proxy_timeout ${timeout}; }`;
}
