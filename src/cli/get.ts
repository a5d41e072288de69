/**
 * `svclane get`: lists of the running daemon, in every form that scripts and people want.
 */

import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';
import { daemonHost } from './daemon-host.ts';
import { formatJsonPath } from './json-path.ts';
import { parseMoment } from './moment.ts';
import { closedPipe, pause } from './output-pipe.ts';
import { formatTable } from './print-table.ts';
import type { PrintedList, PrintedRow, Resource } from './resource.ts';
import { RESOURCES } from './resources.ts';
import { parseServiceArgument } from './service-argument.ts';

const FORMATS = ['wide', 'json', 'yaml', 'name'];
const JSON_PATH = 'jsonpath=';
const WATCH_MS = 1_000;

/** The options of `get`, as commander gives them. */
export interface GetOptions {
  readonly namespace?: string;
  readonly at?: string;
  readonly output?: string;
  readonly headers?: boolean;
  readonly watch?: boolean;
  readonly host?: string;
}

/** Prints one kind of row; a named Service that must have one and has none is `SVL_NOT_FOUND`. */
export async function getCommand(kind: string, service: string | undefined, options: GetOptions): Promise<void> {
  const resource = RESOURCES.find(({ name }) => name === kind);
  if (!resource) throw new SvclaneError('SVL_USAGE', `unknown kind "${kind}"`, { hint: 'svclane get --help' });
  checkFormat(options.output);
  const host = daemonHost(options.host, process.env);
  const query = queryOf(service, options);
  const list = await resource.list(host, query);
  if (list.rows.length === 0 && service !== undefined && resource.isOfService) {
    const { name } = parseServiceArgument(service);
    const hint = `svclane get ${kind} shows all`;
    throw new SvclaneError('SVL_NOT_FOUND', `no ${kind.replace(/s$/, '')} of a Service "${name}"`, { hint });
  }
  if (list.rows.length === 0 && isTable(options.output)) process.stderr.write(`No ${kind} found.\n`);
  process.stdout.write(format(resource, list, options));
  if (options.watch === true) await watch(resource, list, { host, query, options });
}

function checkFormat(output: string | undefined): void {
  if (output === undefined || FORMATS.includes(output) || output.startsWith(JSON_PATH)) return;
  throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, {
    hint: `use one of ${FORMATS.join(', ')}, ${JSON_PATH}TEMPLATE`,
  });
}

function queryOf(service: string | undefined, { namespace, at }: GetOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (namespace !== undefined) query.set('namespace', namespace);
  if (service !== undefined) query.set('service', parseServiceArgument(service).name);
  if (at !== undefined) query.set('at', parseMoment(at, Date.now()));
  return query;
}

function isTable(output: string | undefined): boolean {
  return output === undefined || output === 'wide';
}

function format(resource: Resource, { document, rows }: PrintedList, { output, headers = true }: GetOptions): string {
  if (output === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  if (output === 'yaml') return stringify(document);
  if (output === 'name') return rows.map(({ name }) => `${name}\n`).join('');
  if (output?.startsWith(JSON_PATH)) return formatJsonPath(output.slice(JSON_PATH.length), document);
  if (rows.length === 0) return '';
  const all = output === 'wide' ? [...resource.headers, ...resource.wideHeaders] : resource.headers;
  return formatTable(
    headers ? all : [],
    rows.map((row) => cellsOf(row, output)),
  );
}

function cellsOf({ cells, wideCells }: PrintedRow, output: string | undefined): readonly string[] {
  return output === 'wide' ? wideCells : cells;
}

interface Watch {
  readonly host: string;
  readonly query: URLSearchParams;
  readonly options: GetOptions;
}

/** As kubectl does: a row that is new or changed is printed again. Ends when nobody reads any more. */
async function watch(resource: Resource, first: PrintedList, { host, query, options }: Watch): Promise<void> {
  const closed = closedPipe();
  let known = texts(resource, first, options);
  while (await pause(WATCH_MS, closed)) {
    const list = await resource.list(host, query);
    const now = texts(resource, list, options);
    if (isTable(options.output)) {
      const rows = list.rows.filter((_, index) => !known.has(now.order[index] ?? ''));
      process.stdout.write(format(resource, { ...list, rows }, { ...options, headers: false }));
    } else if (now.order.join('\n') !== known.order.join('\n')) {
      process.stdout.write(format(resource, list, options));
    }
    known = now;
  }
}

/** Each row as a text that tells a change; its age alone is none. */
function texts(
  { headers }: Resource,
  { rows }: PrintedList,
  { output }: GetOptions,
): { readonly order: readonly string[]; has(text: string): boolean } {
  const age = headers.indexOf('AGE');
  const order = rows.map((row) => JSON.stringify(cellsOf(row, output).filter((_, index) => index !== age)));
  const all = new Set(order);
  return { order, has: (text) => all.has(text) };
}
