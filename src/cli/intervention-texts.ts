/**
 * What the commands of overrides and faults say.
 */

import type { NotationProblem } from '../config/intervention-notation.ts';
import { SvclaneError } from '../errors.ts';
import { formatMoment } from './moment.ts';
import { printable } from './printable.ts';
import { parseServiceArgument } from './service-argument.ts';

/** The options that both commands have, as commander gives them. */
export interface InterventionOptions {
  readonly namespace?: string;
  readonly ttl?: string;
  readonly delete?: boolean;
  readonly output?: string;
  readonly host?: string;
  readonly tokenFile?: string;
}

/** The path of the intervention of a Service; of one port of it, where that is named and `withPort`. */
export function interventionPath(
  kind: 'overrides' | 'faults',
  { namespace, service, port }: { readonly namespace: string; readonly service: string; readonly port?: string },
  withPort: boolean,
): string {
  const query = withPort && port !== undefined ? `?${new URLSearchParams({ port })}` : '';
  return `/v1/${kind}/${encodeURIComponent(namespace)}/${encodeURIComponent(service)}${query}`;
}

/** `svc/web:http` in a namespace. Throws `SVL_USAGE`. */
export function parseTarget(text: string, namespace = 'default') {
  const { name, port } = parseServiceArgument(text);
  return { namespace, service: name, ...(port !== undefined && { port }) };
}

/** Everything that is wrong with the texts, by the flags that they came from. */
export function wrongFlags(problems: readonly NotationProblem[], command: string): SvclaneError {
  const told = problems.map(({ field, message }) => `${FLAGS.has(field) ? `--${field}` : field}: ${message}`);
  return new SvclaneError('SVL_USAGE', told.join('; '), { hint: `svclane ${command} --help` });
}

const FLAGS: ReadonlySet<string> = new Set([
  'match',
  'fallback',
  'latency',
  'jitter',
  'reset',
  'refuse',
  'blackhole',
  'rate',
  'ttl',
]);

/** `web`, `web:http`: how a line begins. */
export function subjectOf({ service, port }: { readonly service: string; readonly port: string }): string {
  return port === '' ? service : `${service}:${port}`;
}

/** `Expires 15:04:10.` */
export function expiryOf(until: string): string {
  return `Expires ${formatMoment(until, Date.now())}.`;
}

/** Prints lines, or JSON where that is asked for. */
export function tell(document: object, lines: readonly string[], output: string | undefined): void {
  if (output === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else for (const line of lines) process.stdout.write(`${printable(line)}\n`);
}

/** A Service that is reached nowhere here is not served worse or elsewhere either. */
export function warnUnseen({ service, frontends }: { readonly service: string; readonly frontends: number }): void {
  if (frontends > 0) return;
  process.stderr.write(`warning: svclane serves no address of ${printable(service)}: no flow is concerned\n`);
}
