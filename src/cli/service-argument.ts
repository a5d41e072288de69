/**
 * How a Service is named on the command line: `svc/web`, `svc/web:http`, `web`, `svc/dns:53/udp`.
 */

import { SvclaneError } from '../errors.ts';

export interface ServiceArgument {
  readonly name: string;
  /** `http`, `80`, `53/udp`; `undefined` = not said. */
  readonly port: string | undefined;
}

/** Takes a name apart. Throws `SVL_USAGE`. */
export function parseServiceArgument(text: string): ServiceArgument {
  const match = /^(?:(?:svc|services?)\/)?([^/:\s]+)(?::([^:\s]+))?$/.exec(text);
  if (match?.[1] !== undefined) return { name: match[1], port: match[2] };
  throw new SvclaneError('SVL_USAGE', `"${text}" is no Service`, { hint: 'use svc/NAME or svc/NAME:PORT' });
}
