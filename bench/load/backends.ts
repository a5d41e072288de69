/**
 * Backends: an iperf3 server, an HTTP server, and echoes; the same ones behind every target.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepting, freePorts } from './ports.ts';
import { type Running, start, startReady } from './processes.ts';
import type { ServiceName } from './target.ts';

export interface Backends {
  port(service: ServiceName): number;
  stop(): Promise<void>;
}

/** Starts them all; resolves when they serve. `gen` is the path of the generator. */
export async function startBackends(folder: string, gen: string): Promise<Backends> {
  const [bulk = 0, http = 0, echo = 0, udp = 0] = await freePorts(4);
  const ports = { bulk, http, echo, udp };
  const running: readonly Running[] = [
    start(['iperf3', '-s', '-B', '127.0.0.1', '-p', String(bulk)], join(folder, 'iperf3.log')),
    startHttp(folder, http),
    await startReady([gen, 'tcp-echo', `127.0.0.1:${echo}`]),
    await startReady([gen, 'udp-echo', `127.0.0.1:${udp}`]),
  ];
  await accepting(http, 'the HTTP backend');
  return {
    port: (service) => ports[service],
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}

/** nginx with one worker that answers by itself: the least work that a real server can do. */
function startHttp(folder: string, port: number): Running {
  const file = join(folder, 'http.conf');
  writeFileSync(
    file,
    `daemon off;
master_process off;
pid ${join(folder, 'http.pid')};
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 19000; multi_accept on; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type text/plain; return 200 "0123456789012345678901234567890123456789\\n"; }
  }
}
`,
  );
  return start(['/usr/sbin/nginx', '-c', file, '-e', 'stderr'], join(folder, 'http.log'));
}
