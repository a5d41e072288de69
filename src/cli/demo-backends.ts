/**
 * Backends for the demo: a small HTTP server or UDP answerer for each loopback endpoint of the table.
 *
 * They follow the table, so that an endpoint added to a manifest has something behind it, ready or not.
 */

import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { isLoopback } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { RoutingTable } from '../model/route.ts';

/** The running backends; `follow` starts what is new in a table and stops what is gone. */
export interface DemoBackends {
  follow(table: RoutingTable): void;
  close(): void;
}

/** Creates backends without starting any; `onError` hears of an address that cannot be bound. */
export function createDemoBackends(onError: (message: string) => void): DemoBackends {
  const running = new Map<string, Server | Socket>();
  const stop = (key: string): void => {
    running.get(key)?.close();
    running.delete(key);
  };
  return {
    follow(table) {
      const wanted = wantedBackends(table);
      for (const key of [...running.keys()]) if (!wanted.has(key)) stop(key);
      for (const [key, { endpoint, protocol }] of wanted) {
        if (running.has(key)) continue;
        const backend = protocol === 'UDP' ? startUdp(endpoint) : startHttp(endpoint);
        backend.on('error', (error) => onError(`demo backend ${endpoint.key}: ${error.message}`));
        running.set(key, backend);
      }
    },
    close() {
      for (const key of [...running.keys()]) stop(key);
    },
  };
}

function wantedBackends(table: RoutingTable): Map<string, { endpoint: Endpoint; protocol: string }> {
  const wanted = new Map<string, { endpoint: Endpoint; protocol: string }>();
  for (const { ports } of table.services.values()) {
    for (const { endpoints, protocol } of ports) {
      for (const endpoint of endpoints) {
        if (isLoopback(endpoint.address)) wanted.set(`${endpoint.key}/${protocol}`, { endpoint, protocol });
      }
    }
  }
  return wanted;
}

function startHttp({ key, podName, address, port }: Endpoint): Server {
  const server = createServer((request, response) => {
    response.end(`hello from ${podName || 'endpoint'} (${key}), you asked for ${request.url}\n`);
  });
  return server.listen(port, address);
}

function startUdp({ key, podName, address, port }: Endpoint): Socket {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, client) => {
    socket.send(
      `${podName || 'endpoint'} (${key}) heard: ${message.toString().trimEnd()}\n`,
      client.port,
      client.address,
    );
  });
  socket.bind(port, address);
  return socket;
}
