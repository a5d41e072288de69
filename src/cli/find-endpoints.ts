/**
 * The endpoints that a person means: by address, by pod, or by id.
 */

import { ENDPOINT_LIST, type EndpointRow } from '../admin/endpoint-rows.ts';
import { nearest } from '../config/nearest.ts';
import { SvclaneError } from '../errors.ts';
import { askDaemon } from './admin-client.ts';
import { parseServiceArgument } from './service-argument.ts';

/** `endpoint` is `10.244.1.7:8080`, `10.244.1.7`, the name of a pod, or an id; `service` is `svc/NAME[:PORT]`. */
export interface EndpointArgument {
  readonly endpoint: string;
  readonly service: string | undefined;
  readonly namespace: string | undefined;
}

/** At least one: a pod may implement several Service ports. Throws `SVL_NOT_FOUND` with the nearest, `SVL_USAGE`. */
export async function findEndpoints(host: string, argument: EndpointArgument): Promise<readonly EndpointRow[]> {
  const query = new URLSearchParams();
  const service = argument.service === undefined ? undefined : parseServiceArgument(argument.service);
  if (argument.namespace !== undefined) query.set('namespace', argument.namespace);
  if (service) query.set('service', service.name);
  const { items } = await askDaemon(host, `/v1/endpoints?${query}`, ENDPOINT_LIST);
  const ofPort = items.filter((row) => service?.port === undefined || isPort(row, service.port));
  const found = ofPort.filter((row) => isMeant(row, argument.endpoint));
  if (found.length === 0) throw unknown(ofPort, argument);
  const namespaces = [...new Set(found.map(({ namespace }) => namespace))];
  if (namespaces.length > 1) throw ambiguous(argument.endpoint, namespaces);
  return found;
}

function isPort({ port, portName, protocol }: EndpointRow, asked: string): boolean {
  const [nameOrNumber, ofProtocol = protocol] = asked.split(/[/@]/);
  const isProtocol = ofProtocol.toUpperCase() === protocol;
  return isProtocol && (portName === nameOrNumber || String(port) === nameOrNumber);
}

function isMeant({ id, endpoint, pod }: EndpointRow, text: string): boolean {
  return [id, endpoint, addressOf(endpoint), pod].includes(text.replace(/^(po|pods?)\//, ''));
}

/** `fd00::7` of `[fd00::7]:8080`. */
function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

function unknown(rows: readonly EndpointRow[], { endpoint, service }: EndpointArgument): SvclaneError {
  const near = nearest(endpoint, [...new Set(rows.flatMap((row) => [row.endpoint, row.pod]))].sort());
  const all = `svclane get endpoints${service === undefined ? '' : ` ${service}`} shows all`;
  const of = service === undefined ? '' : ` of ${service}`;
  return new SvclaneError('SVL_NOT_FOUND', `there is no endpoint "${endpoint}"${of}`, {
    hint: near === undefined ? all : `did you mean ${near}?`,
  });
}

function ambiguous(endpoint: string, namespaces: readonly string[]): SvclaneError {
  return new SvclaneError('SVL_USAGE', `several namespaces have an endpoint "${endpoint}"`, {
    hint: `choose one by -n: ${namespaces.toSorted().join(', ')}`,
  });
}
