/**
 * `svclane tap`: the flows of a Service as they begin and end.
 */

import { Value } from 'typebox/value';
import { FLOW_ROW, type FlowRow } from '../admin/flow-row.ts';
import { SvclaneError } from '../errors.ts';
import { checkService } from './check-service.ts';
import { daemonHost } from './daemon-host.ts';
import { followEvents, type StreamedEvent } from './event-client.ts';
import { formatBytes, formatWhy } from './flow-text.ts';
import { formatMoment } from './moment.ts';
import { closedPipe } from './output-pipe.ts';
import { printable } from './printable.ts';
import { serviceQuery } from './service-query.ts';

/** The options of `tap`, as commander gives them. */
export interface TapOptions {
  readonly namespace?: string;
  readonly max?: string;
  readonly output?: string;
  readonly host?: string;
}

/**
 * Prints a line for each flow that begins, and for each that ends, until `--max` lines, or until nobody reads. Throws
 * `SVL_NOT_FOUND` with the nearest names, `SVL_USAGE`.
 */
export async function tapCommand(service: string | undefined, options: TapOptions): Promise<void> {
  const { output, namespace, max = '0' } = options;
  if (output !== undefined && output !== 'json') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json: a line an event' });
  }
  if (!/^\d+$/.test(max)) throw new SvclaneError('SVL_USAGE', `--max "${max}" is no number`, { hint: 'use --max 100' });
  const host = daemonHost(options.host, process.env);
  const query = await serviceQuery(host, { service, namespace });
  // Of a name that was mistyped there would be no line, for ever.
  if (service !== undefined) await checkService(host, query);
  query.set('reasons', 'FlowOpened,FlowEnded,DialFailed');
  let left = Number(max) || Number.POSITIVE_INFINITY;
  for await (const event of followEvents(host, query, closedPipe())) {
    process.stdout.write(`${output === 'json' ? JSON.stringify(event.data) : printable(lineOf(event))}\n`);
    left -= 1;
    if (left <= 0) return;
  }
}

function lineOf({ reason, data }: StreamedEvent): string {
  const time = typeof data.time === 'string' ? formatMoment(data.time, Date.now()) : '';
  if (reason === 'DialFailed') return `${time} ! ${data.flow}  ${data.endpoint} ${data.errno}`;
  if (!Value.Check(FLOW_ROW, data.flow)) return `${time} ${reason === 'Gap' ? '… some are missing' : reason}`;
  return reason === 'FlowOpened' ? `${time} + ${beginOf(data.flow)}` : `${time} - ${endOf(data.flow, data.end)}`;
}

function beginOf({ id, client, namespace, service, portName, port, frontend }: FlowRow): string {
  return `${id}  ${client} -> ${namespace}/${service}:${portName || port} (${frontend})`;
}

function endOf(flow: FlowRow, end: unknown): string {
  const { id, client, endpoint, pod, tries, bytesIn, bytesOut, ageSeconds } = flow;
  const target = endpoint === '' ? 'no endpoint' : `${endpoint}${pod === '' ? '' : ` (${pod})`}`;
  const why = formatWhy(flow);
  const counts = `${tries} ${tries === 1 ? 'try' : 'tries'}, in ${formatBytes(bytesIn)}, out ${formatBytes(bytesOut)}`;
  return `${id}  ${client} -> ${target}  ${why === '' ? '' : `${why}; `}${counts}, ${ageSeconds}s  ${causeOf(end)}`;
}

function causeOf(end: unknown): string {
  if (typeof end !== 'object' || end === null) return '';
  return Object.values(end).map(String).join(' ');
}
