/**
 * `svclane history`: what changed in the routing of a running daemon, when, and by which field of which object.
 */

import { stringify } from 'yaml';
import { HISTORY, type HistoryRow } from '../admin/history-rows.ts';
import { SvclaneError } from '../errors.ts';
import { askDaemon } from './admin-client.ts';
import { type AskedHost, hostOf } from './bundle-host.ts';
import { checkService } from './check-service.ts';
import { formatMoment, parsePast } from './moment.ts';
import { painted } from './paint.ts';
import { formatTable } from './print-table.ts';
import { serviceQuery } from './service-query.ts';
import { HISTORY_COLORS } from './text-colors.ts';

/** There are differences: as `diff` and `kubectl diff` tell them apart from none. */
const EXIT_DIFFERENCES = 8;

/** The options of `history`, as commander gives them. */
export interface HistoryOptions extends AskedHost {
  readonly namespace?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly diff?: boolean;
  readonly output?: string;
  readonly headers?: boolean;
}

/** Prints the changes, the oldest first. Resolves with 0; with `--diff` and a change with 8. Throws `SVL_USAGE`. */
export async function historyCommand(service: string | undefined, options: HistoryOptions): Promise<number> {
  const { output, diff = false, headers = true } = options;
  if (output !== undefined && output !== 'json' && output !== 'yaml') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json or -o yaml' });
  }
  const host = hostOf(options);
  const query = await queryOf(host, service, options);
  const list = await askDaemon(host, `/v1/history?${query}`, HISTORY);
  if (list.items.length === 0 && service !== undefined) await checkService(host, query);
  if (output === 'json') process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  else if (output === 'yaml') process.stdout.write(stringify(list));
  else if (list.items.length === 0) process.stderr.write(`no changes; the history begins at rev ${list.oldest}\n`);
  else
    process.stdout.write(
      painted(diff ? formatChanges(list.items, Date.now()) : formatList(list.items, headers), HISTORY_COLORS),
    );
  return diff && list.items.length > 0 ? EXIT_DIFFERENCES : 0;
}

async function queryOf(
  host: string,
  service: string | undefined,
  { namespace, since, limit }: HistoryOptions,
): Promise<URLSearchParams> {
  const query = await serviceQuery(host, { service, namespace });
  if (since !== undefined) query.set('since', parsePast(since, Date.now()));
  if (limit !== undefined) query.set('limit', limit);
  return query;
}

function formatList(items: readonly HistoryRow[], withHeaders: boolean): string {
  const headers = ['TIME', 'REV', 'NAMESPACE', 'SERVICE', 'CHANGES', 'ROUTABLE'];
  const rows = items.map(({ time, generation, namespace, service, causes, ...counts }) => [
    formatMoment(time, Date.now()),
    String(generation),
    namespace,
    service,
    summaryOf(causes),
    `${counts.routableBefore} -> ${counts.routableAfter}`,
  ]);
  return formatTable(withHeaders ? headers : [], rows);
}

/** A line for each thing that changed. */
export function formatChanges(items: readonly HistoryRow[], nowMs: number): string {
  const rows = items.flatMap((item) => {
    const { time, generation, namespace, service, causes, routableBefore, routableAfter } = item;
    const head = [formatMoment(time, nowMs), `rev ${generation}`, `${namespace}/${service}`];
    const counts = `routable ${routableBefore} -> ${routableAfter}`;
    if (causes.length === 0) return [[...head, '-', 'routing around it', counts]];
    return causes.map((cause, index) => [
      ...head,
      objectOf(cause),
      textOf(cause),
      index === causes.length - 1 ? counts : ' ',
    ]);
  });
  return formatTable([], rows);
}

type Cause = HistoryRow['causes'][number];

function objectOf({ kind, name }: Cause): string {
  return `${kind === 'EndpointSlice' ? 'slice' : kind.toLowerCase()} ${name}`;
}

function textOf({ change, endpoint, pod, fields }: Cause): string {
  if (endpoint === '' && change !== 'changed') return change;
  const subject = pod === '' ? endpoint : `${endpoint} (${pod})`;
  if (change === 'removed') return `- ${subject}`;
  if (change === 'added') {
    const isTrue = (path: string): boolean => fields.some((field) => field.path === path && field.after === 'true');
    const state = isTrue('ready') ? 'ready' : 'not ready';
    return `+ ${subject} ${state}${isTrue('terminating') ? ', terminating' : ''}`;
  }
  const changes = fields.map(({ path, before, after }) => `${path} ${before || '""'}->${after || '""'}`);
  return `${subject} ${changes.join(', ')}`.trim();
}

function summaryOf(causes: readonly Cause[]): string {
  const names = [...new Set(causes.map(objectOf))];
  const shown = names.slice(0, 2).join(', ');
  return names.length > 2 ? `${shown}, … ${names.length - 2} more` : shown || 'routing around it';
}
