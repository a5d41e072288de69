/**
 * `svclane get`: lists of the running daemon, in every form that scripts and people want.
 */

import { SvclaneError } from '../errors.ts';
import { type AskedHost, hostOf } from './bundle-host.ts';
import { checkService } from './check-service.ts';
import { parseMoment } from './moment.ts';
import { closedPipe, pause } from './output-pipe.ts';
import { formatList, isTable, parseListFormat } from './print-list.ts';
import type { PrintedList } from './resource.ts';
import { RESOURCES } from './resources.ts';
import { parseServiceArgument } from './service-argument.ts';
import { orderBy } from './sort-rows.ts';
import { WatchPrinter } from './watch-list.ts';

const WATCH_MS = 1_000;

/** The options of `get`, as commander gives them. */
export interface GetOptions extends AskedHost {
  readonly namespace?: string;
  /** Beats `namespace`. */
  readonly allNamespaces?: boolean;
  readonly at?: string;
  readonly output?: string;
  readonly sortBy?: string;
  readonly headers?: boolean;
  readonly watch?: boolean;
}

/** Prints one kind of row; a named Service that must have one and has none is `SVL_NOT_FOUND`. */
export async function getCommand(kind: string, service: string | undefined, options: GetOptions): Promise<void> {
  const resource = RESOURCES.find(({ name }) => name === kind);
  if (!resource) throw new SvclaneError('SVL_USAGE', `unknown kind "${kind}"`, { hint: 'svclane get --help' });
  const { headers = true, watch = false } = options;
  checkWatch(options);
  const format = parseListFormat(options.output);
  const sorted = orderBy(options.sortBy);
  const host = hostOf(options);
  const query = queryOf(service, options);
  const ask = async (): Promise<PrintedList> => sorted(await resource.list(host, query));
  const list = await ask();
  if (list.rows.length === 0 && service !== undefined && !watch) await checkService(host, query);
  if (list.rows.length === 0 && service !== undefined && resource.isOfService) {
    const { name } = parseServiceArgument(service);
    const hint = `svclane get ${kind} shows all`;
    throw new SvclaneError('SVL_NOT_FOUND', `no ${kind.replace(/s$/, '')} of a Service "${name}"`, { hint });
  }
  if (list.rows.length === 0 && isTable(format)) process.stderr.write(`No ${kind} found.\n`);
  if (watch) await follow(list, ask, new WatchPrinter(resource, format, headers));
  else process.stdout.write(formatList(resource, list, format, headers));
}

function checkWatch({ watch, at, bundle }: GetOptions): void {
  if (watch !== true || (at === undefined && bundle === undefined)) return;
  throw new SvclaneError('SVL_USAGE', '-w has nothing to wait for: what was does not change', {
    hint: `leave ${at === undefined ? '--bundle' : '--at'} out, or -w`,
  });
}

function queryOf(service: string | undefined, { namespace, allNamespaces, at }: GetOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (namespace !== undefined && allNamespaces !== true) query.set('namespace', namespace);
  if (service !== undefined) query.set('service', parseServiceArgument(service).name);
  if (at !== undefined) query.set('at', parseMoment(at, Date.now()));
  return query;
}

/** Ends when nobody reads any more. */
async function follow(first: PrintedList, ask: () => Promise<PrintedList>, printer: WatchPrinter): Promise<void> {
  const closed = closedPipe();
  process.stdout.write(printer.next(first));
  while (await pause(WATCH_MS, closed)) process.stdout.write(printer.next(await ask()));
}
