/**
 * `svclane probe`: whether the daemon can connect to each endpoint of a Service, and how long that takes.
 */

import { PROBE_LIST, type ProbeRow } from '../admin/probe-rows.ts';
import { SvclaneError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { changeDaemon } from './admin-client.ts';
import { checkJsonOutput } from './check-json-output.ts';
import { daemonHost } from './daemon-host.ts';
import { meantNamespace } from './meant-namespace.ts';
import { formatTable } from './print-table.ts';
import { tableStyle } from './row-colors.ts';
import { parseServiceArgument } from './service-argument.ts';

/** A Service port has no endpoint that accepts. */
const EXIT_NOT_ROUTABLE = 4;
/** A big Service is probed some at a time. */
const ALL_TIMEOUT_MS = 600_000;
const HEADERS = ['ENDPOINT', 'POD', 'NODE', 'PORT', 'STATE', 'RESULT', 'LATENCY'];

/** The options of `probe`, as commander gives them. */
export interface ProbeOptions {
  readonly namespace?: string;
  readonly timeout?: string;
  readonly output?: string;
  readonly headers?: boolean;
  readonly host?: string;
  readonly tokenFile?: string;
}

/** Prints a row an endpoint; resolves with 0, or 4 where a TCP port has none that accepts. Throws `SVL_NOT_FOUND`. */
export async function probeCommand(service: string, options: ProbeOptions): Promise<number> {
  const { timeout = '1s', output, headers = true, tokenFile } = options;
  checkJsonOutput(output);
  const { name, port } = parseServiceArgument(service);
  const timeoutMs = parseTimeout(timeout);
  const host = daemonHost(options.host, process.env);
  const { namespace: typed } = options;
  const namespace = await meantNamespace({ host, kind: 'services', service: name, namespace: typed });
  const body = { namespace, service: name, ...(port !== undefined && { port }), timeoutMs };
  const change = { method: 'POST', path: '/v1/probe', body, tokenFile, timeoutMs: ALL_TIMEOUT_MS } as const;
  const list = await changeDaemon(host, change, PROBE_LIST);
  if (output === 'json') process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  else if (list.items.length === 0) process.stderr.write('No endpoints found.\n');
  else process.stdout.write(formatTable(headers ? HEADERS : [], list.items.map(cellsOf), tableStyle(HEADERS)));
  return isReachable(list.items) ? 0 : EXIT_NOT_ROUTABLE;
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1 && ms <= 10_000) return ms;
  throw new SvclaneError('SVL_USAGE', `--timeout "${text}" is no time from 1ms to 10s`, {
    hint: 'use --timeout 500ms',
  });
}

function cellsOf(row: ProbeRow): readonly string[] {
  const { endpoint, pod, node, port, portName, protocol, ready, terminating, outcome, latencyMs, error } = row;
  const state = terminating ? 'terminating' : ready ? 'ready' : 'not ready';
  const result = outcome === 'skipped' ? 'skipped: UDP has nothing to connect' : error === '' ? outcome : error;
  const latency = outcome === 'skipped' ? '' : `${latencyMs.toFixed(1)}ms`;
  return [endpoint, pod, node, `${portName || port}/${protocol.toLowerCase()}`, state, result, latency];
}

/** Each TCP port has somebody who accepts. UDP cannot be told, and does not count. */
function isReachable(rows: readonly ProbeRow[]): boolean {
  const ports = Map.groupBy(
    rows.filter(({ outcome }) => outcome !== 'skipped'),
    ({ port, protocol }) => `${port}/${protocol}`,
  );
  return rows.length > 0 && [...ports.values()].every((port) => port.some(({ outcome }) => outcome === 'accepted'));
}
