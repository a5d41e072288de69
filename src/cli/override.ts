/**
 * `svclane override`: clients of a Service go to an address of one's own first, for a time.
 */

import type { Static } from 'typebox';
import { ENDED_OVERRIDES, SET_OVERRIDE } from '../admin/override-routes.ts';
import { parseOverride } from '../config/override-notation.ts';
import { SvclaneError } from '../errors.ts';
import { changeDaemon } from './admin-client.ts';
import { checkJsonOutput } from './check-json-output.ts';
import { daemonHost } from './daemon-host.ts';
import {
  expiryOf,
  type InterventionOptions,
  interventionPath,
  parseTarget,
  subjectOf,
  tell,
  warnUnseen,
  wrongFlags,
} from './intervention-texts.ts';
import { meantNamespace } from './meant-namespace.ts';

const DEFAULT_TTL = '1h';

/** The options of `override`, as commander gives them. */
export interface OverrideOptions extends InterventionOptions {
  readonly match?: string;
  readonly fallback?: string;
}

type SetOverride = Static<typeof SET_OVERRIDE>;

/** Sets `svc/web=localhost:3000`, or ends that of `svc/web`; prints what is in force. Throws as `changeDaemon`, `SVL_USAGE`. */
export async function overrideCommand(argument: string, options: OverrideOptions): Promise<void> {
  checkJsonOutput(options.output);
  if (options.delete === true) await end(argument, options);
  else await set(argument, options);
}

async function set(argument: string, options: OverrideOptions): Promise<void> {
  const { match, fallback, ttl = DEFAULT_TTL, output, tokenFile } = options;
  const [, service, target] = /^([^=]+)=(.+)$/.exec(argument) ?? [];
  if (service === undefined || target === undefined) {
    throw new SvclaneError('SVL_USAGE', `"${argument}" does not say where to`, {
      hint: `svclane override ${argument.replace(/=$/, '')}=localhost:3000`,
    });
  }
  const named = parseTarget(service, options.namespace);
  const texts = { target, ttl, ...(match !== undefined && { match }), ...(fallback !== undefined && { fallback }) };
  const parsed = parseOverride({ ...named, ...texts });
  if ('problems' in parsed) throw wrongFlags(parsed.problems, 'override');
  const body = { ...texts, ...(named.port !== undefined && { port: named.port }) };
  const host = daemonHost(options.host, process.env);
  const namespace = await meantNamespace({ ...options, host, kind: 'services', service: named.service });
  const path = interventionPath('overrides', { ...named, namespace }, false);
  const answer = await changeDaemon(host, { method: 'PUT', path, body, tokenFile }, SET_OVERRIDE);
  tell(answer, [lineOf(answer)], output);
  warnUnseen(answer);
  if (isRefused(answer)) process.stderr.write(`hint: start what is to listen at ${answer.target}\n`);
}

async function end(argument: string, options: OverrideOptions): Promise<void> {
  const { output, tokenFile } = options;
  const host = daemonHost(options.host, process.env);
  const named = parseTarget(argument.replace(/=.*$/, ''), options.namespace);
  const namespace = await meantNamespace({ ...options, host, kind: 'overrides', service: named.service });
  const path = interventionPath('overrides', { ...named, namespace }, true);
  const answer = await changeDaemon(host, { method: 'DELETE', path, tokenFile }, ENDED_OVERRIDES);
  const lines = answer.items.map((row) => `${subjectOf(row)}: override to ${row.target} ended`);
  tell(answer, lines, output);
}

/** `web: localhost:3000 first (probe ok 1ms), cluster when refused. Expires 15:04:10.` */
function lineOf(answer: SetOverride): string {
  const { target, match, fallback, until } = answer;
  const which = match === '' ? '' : ` for ${match}`;
  const rest = fallback === 'cluster' ? 'cluster when refused' : 'reset when refused';
  return `${subjectOf(answer)}: ${target} first${which}${probeOf(answer)}, ${rest}. ${expiryOf(until)}`;
}

/** One address that accepts is enough. */
function probeOf({ probes }: SetOverride): string {
  const accepted = probes.find(({ error }) => error === '');
  if (accepted) return ` (probe ok ${Math.ceil(accepted.elapsedMs)}ms)`;
  return probes[0] ? ` (probe failed: ${probes[0].error})` : '';
}

function isRefused({ probes }: SetOverride): boolean {
  return probes.length > 0 && probes.every(({ error }) => error !== '');
}
