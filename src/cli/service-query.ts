/**
 * What of a daemon's rows is asked for, by a Service as it was typed.
 */

import { meantNamespace } from './meant-namespace.ts';
import { parseServiceArgument } from './service-argument.ts';

/** As it was typed; `undefined` = it was not. */
export interface TypedService {
  /** `svc/web`, `web:http`: the port is no part of the query. */
  readonly service: string | undefined;
  readonly namespace: string | undefined;
}

/**
 * The rows of a Service in the namespace that is meant, else of a namespace, else all. Throws `SVL_USAGE`, and as
 * `askDaemon`.
 */
export async function serviceQuery(host: string, { service, namespace }: TypedService): Promise<URLSearchParams> {
  if (service === undefined) return new URLSearchParams(namespace === undefined ? {} : { namespace });
  const { name } = parseServiceArgument(service);
  const meant = await meantNamespace({ host, kind: 'services', service: name, namespace });
  return new URLSearchParams({ service: name, namespace: meant });
}
