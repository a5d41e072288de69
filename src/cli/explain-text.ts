/**
 * An explanation as people read it: the funnel, the verdict, what would help.
 */

import type { ExplanationDocument } from '../admin/explain-answer.ts';
import { formatMoment } from './moment.ts';
import { printable } from './printable.ts';

type Step = ExplanationDocument['steps'][number];
type Out = Step['out'][number];
type Remedy = ExplanationDocument['wouldWorkIf'][number];

/** So many of one step are printed; -o json has all. */
const MAX_OUT = 20;
const MAX_ENDPOINTS = 5;
const MAX_SLICES = 3;

const VERDICTS: Readonly<Record<string, string>> = { forward: 'FORWARD', reject: 'REFUSE', drop: 'DROP' };

/** The lines of an explanation. `again` is the command that asks the same, without `--at`. */
export function formatExplanation(
  explanation: ExplanationDocument,
  { again, nowMs }: { readonly again: string; readonly nowMs: number },
): string {
  const steps = explanation.steps.map((step) => ({ ...step, detail: detailOf(step, nowMs) }));
  const width = Math.min(90, Math.max(0, ...steps.map(({ detail }) => detail.length)));
  const digits = String(steps.length).length;
  const lines = [
    ...steps.flatMap((step, index) => stepLines(step, String(index + 1).padEnd(digits), width, nowMs)),
    ...verdictLines(explanation, nowMs),
    `   client: ${clientOf(explanation)}; rev ${explanation.generation}, ${formatMoment(explanation.time, nowMs)}`,
    ...explanation.wouldWorkIf.map((remedy, index) => remedyLine(remedy, index === 0)),
    ...lastRoutableLines(explanation, again, nowMs),
  ];
  return lines.map((line) => `${printable(line).trimEnd()}\n`).join('');
}

/** Slices are named: whoever looks for one by kubectl needs it. */
function detailOf({ name, detail, in: kept, until }: Step, nowMs: number): string {
  if (until !== undefined) return `${detail}; until ${formatMoment(until, nowMs)}`;
  if (name !== 'slices' || kept.length === 0) return detail;
  const more = kept.length > MAX_SLICES ? ', …' : '';
  return `${detail}: ${kept.slice(0, MAX_SLICES).join(', ')}${more}`;
}

function stepLines({ name, detail, in: kept, out }: Step, number: string, width: number, nowMs: number): string[] {
  const isOne = name === 'service' || name === 'port' || name === 'family';
  const count = isOne ? (kept.length > 0 ? 'ok' : 'out') : `${kept.length} in`;
  const shown = out.slice(0, MAX_OUT);
  const subjects = Math.max(0, ...shown.map((one) => subjectOf(one).length));
  const codes = Math.max(0, ...shown.map(({ code }) => code.length));
  const lines = shown.map((one) => {
    return `    out  ${subjectOf(one).padEnd(subjects)}   ${one.code.padEnd(codes)}   ${fieldOf(one, nowMs)}`;
  });
  const more = out.length - shown.length;
  const rest = more > 0 ? [`    out  … and ${more} more: -o json has them all`] : [];
  return [`${number} ${name.padEnd(12)}${detail.padEnd(width)}   ${count}`, ...lines, ...rest];
}

function subjectOf({ subject, pod }: Out): string {
  return pod === '' ? subject : `${subject} (${pod})`;
}

function fieldOf({ object, path, value, since, until }: Out, nowMs: number): string {
  const field = path === '' ? `owner=${value}` : `${path}=${value}`;
  const from = since === undefined ? '' : ` since ${formatMoment(since, nowMs)}`;
  return `${object} ${field}${from}${until === undefined ? '' : ` until ${formatMoment(until, nowMs)}`}`;
}

/** An override comes ahead of what routing says. */
function verdictLines(explanation: ExplanationDocument, nowMs: number): string[] {
  const { override, frontend, action } = explanation;
  if (!override) return [verdictLine(explanation)];
  const verdict = verdictLine({ ...explanation, routable: action === 'forward' });
  const { target, percent, fallback, until } = override;
  const share = percent === 100 ? '' : `${percent}% of flows `;
  const first = `=> OVERRIDE ${frontend} ${share}to ${target} until ${formatMoment(until, nowMs)}`;
  if (percent < 100) return [first, verdict];
  return [
    first,
    fallback === 'fail' ? '   where it refuses: the client is reset' : `   where it refuses: ${verdict.slice(3)}`,
  ];
}

function verdictLine({ action, reason, routable, message, endpoints, frontend }: ExplanationDocument): string {
  if (!routable) {
    const verdict = action === 'forward' ? 'NOT ROUTED' : (VERDICTS[action] ?? 'NOT ROUTED');
    return `=> ${verdict} ${reason}: ${message.replace(/^(refused|dropped|ignored): /, '')}`;
  }
  const names = endpoints.slice(0, MAX_ENDPOINTS).map(({ endpoint, pod }) => (pod ? `${endpoint} (${pod})` : endpoint));
  const more = endpoints.length > names.length ? `, … and ${endpoints.length - names.length} more` : '';
  const which = endpoints.length === 1 ? 'to' : `to one of ${endpoints.length}:`;
  return `=> FORWARD ${frontend} ${which} ${names.join(', ')}${more}`;
}

function clientOf({ from, client, node }: ExplanationDocument): string {
  const who = from === '' ? `any ${client}` : `${from} (${client})`;
  return node === '' ? `${who}, seen from no node` : `${who}, seen from node ${node}`;
}

function remedyLine({ object, path, value, pod, endpoints }: Remedy, isFirst: boolean): string {
  const head = isFirst ? '   would work if:' : '              or:';
  const count = `(${endpoints} endpoint${endpoints === 1 ? '' : 's'})`;
  return `${head} ${changeOf(object, path, value)}${pod === '' ? '' : `, pod ${pod}`} ${count}`;
}

function changeOf(object: string, path: string, value: string): string {
  if (object === 'Client') return `the client's ${path} were ${value}`;
  if (object === 'svclane') return `svclane ${path} ${JSON.parse(value)}`;
  if (path === '') return `${object} had not the address`;
  return value === 'nil' ? `${object} had no ${path}` : `${object} ${path}=${value}`;
}

function lastRoutableLines({ lastRoutable }: ExplanationDocument, again: string, nowMs: number): string[] {
  if (!lastRoutable) return [];
  const { generation, time } = lastRoutable;
  return [`   last routable: rev ${generation}, ${formatMoment(time, nowMs)} — see: ${again} --at ${generation}`];
}
