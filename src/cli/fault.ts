/**
 * `svclane fault`: flows of a Service are served badly, for a time.
 */

import { ENDED_FAULTS, FAULT_ROW } from '../admin/fault-routes.ts';
import { parseFault } from '../config/fault-notation.ts';
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

/** The options of `fault`, as commander gives them. `true` = the flag alone: every flow. */
export interface FaultOptions extends InterventionOptions {
  readonly latency?: string;
  readonly jitter?: string;
  readonly reset?: string;
  readonly refuse?: string | true;
  readonly blackhole?: string | true;
  readonly bandwidth?: string;
  readonly rate?: string;
}

/** Sets the fault of `svc/web`, or ends it; prints what is in force. Throws as `changeDaemon`, `SVL_USAGE`. */
export async function faultCommand(argument: string, options: FaultOptions): Promise<void> {
  checkJsonOutput(options.output);
  if (options.delete === true) await end(argument, options);
  else await set(argument, options);
}

async function set(argument: string, options: FaultOptions): Promise<void> {
  const { output, tokenFile } = options;
  const named = parseTarget(argument, options.namespace);
  const texts = textsOf(options);
  const parsed = parseFault({ ...named, ...texts });
  if ('problems' in parsed) throw wrongFlags(parsed.problems, 'fault');
  const body = { ...texts, ...(named.port !== undefined && { port: named.port }) };
  const host = daemonHost(options.host, process.env);
  const namespace = await meantNamespace({ ...options, host, kind: 'services', service: named.service });
  const path = interventionPath('faults', { ...named, namespace }, false);
  const answer = await changeDaemon(host, { method: 'PUT', path, body, tokenFile }, FAULT_ROW);
  tell(answer, [`${subjectOf(answer)}: ${answer.fault}, for new flows. ${expiryOf(answer.until)}`], output);
  warnUnseen(answer);
}

async function end(argument: string, options: FaultOptions): Promise<void> {
  const { output, tokenFile } = options;
  const host = daemonHost(options.host, process.env);
  const named = parseTarget(argument, options.namespace);
  const namespace = await meantNamespace({ ...options, host, kind: 'faults', service: named.service });
  const path = interventionPath('faults', { ...named, namespace }, true);
  const answer = await changeDaemon(host, { method: 'DELETE', path, tokenFile }, ENDED_FAULTS);
  const lines = answer.items.map((row) => `${subjectOf(row)}: ${row.fault} ended`);
  tell(answer, lines, output);
}

/** As the API takes them: what was not said is absent. */
function textsOf({ latency, jitter, reset, refuse, blackhole, bandwidth, rate, ttl }: FaultOptions) {
  if (bandwidth !== undefined && rate !== undefined) {
    throw new SvclaneError('SVL_USAGE', '--bandwidth and --rate are the same', { hint: 'leave one of them out' });
  }
  const limit = rate ?? bandwidth;
  return {
    ...(latency !== undefined && { latency }),
    ...(jitter !== undefined && { jitter }),
    ...(reset !== undefined && { reset }),
    ...(refuse !== undefined && { refuse: shareOf(refuse) }),
    ...(blackhole !== undefined && { blackhole: shareOf(blackhole) }),
    ...(limit !== undefined && { rate: limit }),
    ...(ttl !== undefined && { ttl }),
  };
}

function shareOf(value: string | true): string {
  return value === true ? '100%' : value;
}
