/**
 * What most scenarios have in common: a Service with an echo in each pod.
 */

import type { Figures } from '../lab/figures.ts';
import type { Lab } from '../lab/lab.ts';
import type { EndpointWish, ServiceWish } from '../lab/objects.ts';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Book } from '../scenario.ts';
import type { LoadOptions, LoadReport } from '../traffic/load.ts';

export const WEB_IP = '10.96.0.1';
export const ECHO_PORT = 8080;

export const ECHOES: readonly EndpointWish[] = inPods(ECHO_PORT);

/** For thousands of clients at once on a slow machine, where time-outs of dials are not what is looked at. */
export const PATIENT = { timeout: '60s', perTryTimeout: '20s' };

/** An endpoint in each pod, at this port. */
export function inPods(port: number): readonly EndpointWish[] {
  return POD_ADDRESSES.map((address) => ({ address, port }));
}

/** The Service, at these endpoints. */
export function web(endpoints: readonly EndpointWish[] = ECHOES, more: Partial<ServiceWish> = {}): ServiceWish {
  return { name: 'web', ip: WEB_IP, endpoints, ...more };
}

/** Starts an echo in each pod. */
export async function startEchoes(lab: Lab, port = ECHO_PORT): Promise<void> {
  await Promise.all(POD_ADDRESSES.map((address, i) => lab.pod(i).serveTcp({ address, port, manner: 'echo' })));
}

/** Short exchanges with the Service at a rate, each in two pieces. */
export function paced(rate: number, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    hosts: [WEB_IP],
    port: 80,
    rate,
    concurrency: 2000,
    minBytes: 1,
    maxBytes: 20_000,
    pieces: 2,
    pauseMs: 10,
    ...more,
  };
}

/** Accepted connections, over all pods. */
export async function acceptedBy(lab: Lab): Promise<number> {
  const counts = await Promise.all([0, 1, 2].map((i) => lab.pod(i).backendCounts()));
  return counts.reduce((sum, { accepted }) => sum + accepted, 0);
}

/** For the table. */
export function loadText({ started, answered, failures, bytes, slowestMs, p99Ms }: LoadReport): string {
  const failed = Object.entries(failures).map(([outcome, count]) => `, ${count} ${outcome}`);
  const mib = (bytes / 1024 / 1024).toFixed(1);
  return `${started} connections in, ${answered} answered${failed.join('')}; ${mib} MiB each way; p99 ${p99Ms} ms, slowest ${slowestMs} ms`;
}

/** svclane's own count of bytes, which must be that of the clients; both directions carry the same. */
export function checkBytes(book: Book, bytes: number, { bytesIn, bytesOut }: Figures): void {
  book.equal('bytes from clients are counted', bytesIn, bytes);
  book.equal('bytes to clients are counted', bytesOut, bytes);
}
