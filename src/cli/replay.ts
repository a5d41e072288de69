/**
 * `svclane replay`: what a bundle has, made anew and held against what was recorded.
 */

import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';
import type { RoutingTable } from '../model/route.ts';
import type { History } from '../routing/history.ts';
import { causesOfVersion } from '../routing/history-changes.ts';
import type { Revision } from '../routing/revision.ts';
import { formatMoment, parseMoment } from './moment.ts';
import { printable } from './printable.ts';
import { type Bundle, readBundle } from './read-bundle.ts';

/** The options of `replay`, as commander gives them. */
export interface ReplayOptions {
  readonly at?: string;
  readonly partial?: boolean;
  readonly output?: string;
}

/**
 * Reads a bundle, makes every table that it has, and prints what there is: all of it, or one revision. Throws
 * `SVL_BUNDLE_INVALID` where it is torn or a table routes otherwise than recorded, `SVL_NOT_FOUND` for a revision that it
 * does not have.
 */
export async function replayCommand(path: string, { at, partial = false, output }: ReplayOptions): Promise<void> {
  if (output !== undefined && output !== 'json' && output !== 'yaml') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json or -o yaml' });
  }
  const bundle = await readBundle(path, { partial });
  const facts = at === undefined ? bundleFacts(bundle) : revisionFacts(revisionAt(bundle.history, at), bundle.history);
  if (output === 'json') process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else if (output === 'yaml') process.stdout.write(stringify(facts));
  else process.stdout.write(formatFacts(facts));
}

type Facts = Readonly<Record<string, unknown>>;

function bundleFacts({ path, header, history, lines, isComplete }: Bundle): Facts {
  const [first, last] = [history.oldest, history.newest];
  return {
    bundle: path,
    created: header.created,
    svclane: header.svclane,
    source: header.source,
    node: last?.node.nodeName ?? '',
    lines,
    complete: isComplete,
    revisions: history.size,
    first: first && momentOf(first),
    last: last && { ...momentOf(last), ...countsOf(last.table) },
    verified: 'every revision routes as it did when it was recorded',
  };
}

function revisionFacts(revision: Revision, history: History): Facts {
  const before = history.nodeBefore(revision.generation);
  const changes = revision.changes.map((version) => ({
    service: version.key,
    routable: `${version.before?.routable ?? 0} -> ${version.routable}`,
    objects: [...new Set(causesOfVersion(version, before).map(({ kind, name }) => `${kind} ${name}`))].join(', '),
  }));
  // The first table changed all there is: that is no change.
  const isFirst = history.isStart(revision.generation);
  return { ...momentOf(revision), ...countsOf(revision.table), ...(!isFirst && { changes }) };
}

function momentOf({ generation, atMs }: Revision): { readonly revision: number; readonly time: string } {
  return { revision: generation, time: new Date(atMs).toISOString() };
}

function countsOf({ services, routes }: RoutingTable): Facts {
  let endpoints = 0;
  for (const { ports } of services.values()) for (const port of ports) endpoints += port.endpoints.length;
  return { services: services.size, routes: routes.size, endpoints };
}

function revisionAt(history: History, at: string): Revision {
  const asked = parseMoment(at, Date.now());
  const found = /^\d+$/.test(asked) ? history.at(Number(asked)) : history.atTime(Date.parse(asked));
  if (found) return found;
  const [first, last] = [history.oldest, history.newest];
  throw new SvclaneError('SVL_NOT_FOUND', `the bundle has no revision ${at}`, {
    hint: `it has ${first?.generation} to ${last?.generation}, from ${first && new Date(first.atMs).toISOString()} on`,
  });
}

function formatFacts(facts: Facts): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key.padEnd(12)}${printable(textOf(value))}\n`)
    .join('');
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(textOf).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([key, inner]) => {
    const text = key === 'time' ? formatMoment(String(inner), Date.now()) : String(inner);
    return `${key} ${text}`;
  });
  return parts.join(', ');
}
