/**
 * `svclane get routes`.
 */

import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';
import { formatHostPort } from '../model/address.ts';
import { fetchFromDaemon } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { formatAge, formatTable } from './print-table.ts';
import { type RouteRow, readRouteList } from './route-list.ts';

const FORMATS = ['wide', 'json', 'yaml', 'name'];

/** Prints routes of the running daemon; a named Service that has none is `SVL_NOT_FOUND`. */
export async function getRoutesCommand(
  service: string | undefined,
  { namespace, output, headers, host }: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (output !== undefined && !FORMATS.includes(String(output))) {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${String(output)}"`, {
      hint: `use one of ${FORMATS.join(', ')}`,
    });
  }
  const query = new URLSearchParams();
  const name = service?.replace(/^(svc|services?)\//, '');
  if (typeof namespace === 'string') query.set('namespace', namespace);
  if (name !== undefined) query.set('service', name);
  const list = readRouteList(await fetchFromDaemon(daemonHost(host, process.env), `/v1/routes?${query}`));
  if (list.items.length === 0 && name !== undefined) {
    throw new SvclaneError('SVL_NOT_FOUND', `no route of a Service "${name}"`, {
      hint: 'svclane get routes shows all',
    });
  }
  process.stdout.write(format(list, output, headers !== false));
}

function format(list: ReturnType<typeof readRouteList>, output: unknown, withHeaders: boolean): string {
  if (output === 'json') return `${JSON.stringify(list, null, 2)}\n`;
  if (output === 'yaml') return stringify(list);
  if (output === 'name') return list.items.map((row) => `svc/${row.service}:${row.portName || row.port}\n`).join('');
  const wide = output === 'wide';
  const headers = ['NAMESPACE', 'SERVICE', 'PORT', 'FRONTEND', 'READY', 'STATE', 'AGE', ...(wide ? WIDE_HEADERS : [])];
  return formatTable(
    withHeaders ? headers : [],
    list.items.map((row) => cellsOf(row, wide)),
  );
}

const WIDE_HEADERS = ['ALGO', 'CONNS', 'REV', 'ENDPOINTS', 'REASON'];

function cellsOf(row: RouteRow, wide: boolean): readonly string[] {
  const { namespace, service, portName, port, protocol, frontend, ready, total, state, ageSeconds, reason } = row;
  const kind = frontend.kind === 'clusterIP' ? '' : ` (${frontend.kind})`;
  const cells = [
    namespace,
    service,
    `${portName || port}/${protocol.toLowerCase()}`,
    `${formatHostPort(frontend.address, frontend.port)}${kind}`,
    `${ready}/${total}`,
    reason === '' || wide ? state : `${state}: ${reason}`,
    formatAge(ageSeconds),
  ];
  return wide ? [...cells, ...wideCellsOf(row)] : cells;
}

function wideCellsOf({ algorithm, connections, generation, endpoints, reason, error }: RouteRow): readonly string[] {
  const names = endpoints.map(({ address, port, ready }) => `${formatHostPort(address, port)}${ready ? '' : '!'}`);
  const why = [reason, error].filter((text) => text !== '').join(': ');
  return [algorithm, String(connections), String(generation), names.join(','), why];
}
