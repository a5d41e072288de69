/**
 * `svclane audit`: what kube-proxy has programmed, compared with what the API asks for.
 */

import { stringify } from 'yaml';
import { compareRules } from '../audit/compare-rules.ts';
import type { Drift } from '../audit/drift.ts';
import { findCause, type PastChange } from '../audit/drift-cause.ts';
import type { ProgrammedRules } from '../audit/programmed.ts';
import { SvclaneError } from '../errors.ts';
import { IP_FAMILIES } from '../model/address.ts';
import { type AuditInput, readAuditInput } from './audit-input.ts';
import { type AuditSource, type DesiredState, readDesiredState } from './audit-source.ts';
import { type ExplainedDrift, formatAudit, sentenceOf } from './audit-text.ts';
import { painted } from './paint.ts';
import { printable } from './printable.ts';
import { AUDIT_COLORS } from './text-colors.ts';

/** There are differences. */
const EXIT_DRIFT = 8;

/** The options of `audit`, as commander gives them. */
export interface AuditOptions extends AuditInput, AuditSource {
  readonly output?: string;
}

/** Prints the drifts; resolves with 0 where there is none, else with 8. Throws `SVL_DUMP_INVALID`, `SVL_USAGE`. */
export async function auditCommand(options: AuditOptions): Promise<number> {
  const { output } = options;
  if (output !== undefined && output !== 'json' && output !== 'yaml') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json or -o yaml' });
  }
  const rules = await readAuditInput(options);
  const state = await readDesiredState(options);
  const { drifts, equal } = compareRules(rules, state.table);
  const explained = await explainDrifts(drifts, state);
  for (const note of [...rules.notes, ...leftOut(rules, state)]) process.stderr.write(`warning: ${printable(note)}\n`);
  const nowMs = Date.now();
  const document = documentOf(rules, state, explained, equal, nowMs);
  if (output === 'json') process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else if (output === 'yaml') process.stdout.write(stringify(document));
  else process.stdout.write(painted(formatAudit(explained, equal, nowMs), AUDIT_COLORS));
  return drifts.length === 0 ? 0 : EXIT_DRIFT;
}

/** Asks for the past of each Service once. */
async function explainDrifts(drifts: readonly Drift[], state: DesiredState): Promise<readonly ExplainedDrift[]> {
  const known = new Map<string, readonly PastChange[]>();
  const explained: ExplainedDrift[] = [];
  for (const drift of drifts) {
    const { namespace, service } = drift;
    const key = `${namespace}/${service}`;
    const changes = known.get(key) ?? (service === '' ? [] : await state.changesOf(namespace, service));
    known.set(key, changes);
    explained.push({ ...drift, cause: findCause(drift, changes) });
  }
  return explained;
}

/** A family that the API has and the dump has not. */
function leftOut({ families }: ProgrammedRules, { table }: DesiredState): readonly string[] {
  return IP_FAMILIES.filter((family) => !families.includes(family)).flatMap((family) => {
    const count = [...table.routes.values()].filter(({ frontend }) => frontend.family === family).length;
    return count === 0 ? [] : [`the dump has no ${family}: ${count} frontends were not compared`];
  });
}

function documentOf(
  { tool, families, notes }: ProgrammedRules,
  { table, generation }: DesiredState,
  drifts: readonly ExplainedDrift[],
  equal: number,
  nowMs: number,
): unknown {
  return {
    node: table.node.nodeName,
    mode: tool,
    families,
    generation: generation ?? null,
    notes,
    equal,
    drifts: drifts.map(({ exclusion = null, cause = null, ...drift }) => {
      const message = sentenceOf({ ...drift, ...(exclusion && { exclusion }), cause: cause ?? undefined }, nowMs);
      return { ...drift, exclusion, cause, message };
    }),
  };
}
