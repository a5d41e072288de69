/**
 * YAML text to values, straight from what the parser sees: no tree of the text is made.
 *
 *   stream ──documentTexts──▶ text ──parseEvents──▶ events ──constructFromEvents──▶ value
 *                                                        └──LineFinder──▶ the line of a field, when somebody asks
 */

import {
  CORE_SCHEMA,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  type Event,
  mapTag,
  mergeTag,
  parseEvents,
  type Schema,
  seqTag,
  YAMLException,
} from 'js-yaml';
import { checkAliases } from './check-aliases.ts';
import { type DocumentText, documentTexts } from './document-texts.ts';
import { LineFinder, type YamlPath } from './line-finder.ts';

/**
 * One document of a stream. `line` = where it, or the marker before it, begins, from 1. `lineOf` gives the line, from 1, of the
 * value at a path, or of its key, or of the deepest part of the path that exists.
 */
export interface YamlDocument {
  readonly value: unknown;
  readonly line: number;
  lineOf(path: YamlPath, part?: 'key' | 'value'): number;
}

/** A document that cannot be read: why, and on which line, from 1. */
export interface YamlFault {
  readonly fault: string;
  readonly line: number;
}

/**
 * How a text is meant. `strict`: merge keys are keys like others, and tags that YAML 1.2 does not have are an error.
 * `kubernetes`: merge keys merge, and tags that are unknown say nothing, as for kubectl.
 */
export type YamlUse = 'strict' | 'kubernetes';

/**
 * The documents of a stream in order, by the core schema of YAML 1.2, each read when it is asked for; none for an empty stream. A key that is
 * there twice is a fault. Never throws.
 */
export function* readYaml(stream: string, use: YamlUse): Generator<YamlDocument | YamlFault, void> {
  for (const part of documentTexts(stream)) yield* readPart(part, SCHEMAS[use]);
}

const UNKNOWN = { tagName: '', matchByTagPrefix: true } as const;

const SCHEMAS: Readonly<Record<YamlUse, Schema>> = {
  strict: CORE_SCHEMA,
  kubernetes: CORE_SCHEMA.withTags(
    mergeTag,
    defineScalarTag('', { matchByTagPrefix: true, resolve: (source) => source, identify: () => false }),
    { ...mapTag, ...UNKNOWN },
    { ...seqTag, ...UNKNOWN },
  ),
};

function readPart({ text, line }: DocumentText, schema: Schema): readonly (YamlDocument | YamlFault)[] {
  try {
    const events = parseEvents(text, {});
    const values = constructFromEvents(events, { source: text, schema });
    checkAliases(text, events);
    return values.map((value, index) => document(text, line, events, value, index));
  } catch (error) {
    return [faultOf(error, text, line)];
  }
}

function document(text: string, line: number, events: readonly Event[], value: unknown, index: number): YamlDocument {
  let finder: LineFinder | undefined;
  return {
    value,
    line: line + 1,
    lineOf: (path, part) => {
      finder ??= new LineFinder(text, events, rootOf(events, index));
      return line + 1 + finder.lineOf(path, part);
    },
  };
}

/** Where among the events the outermost value of the document at `index` is. */
function rootOf(events: readonly Event[], index: number): number {
  const starts = [...events.keys()].filter((at) => events[at]?.type === EVENT_ID.DOCUMENT);
  return (starts[index] ?? 0) + 1;
}

function faultOf(error: unknown, text: string, line: number): YamlFault {
  if (!(error instanceof YAMLException)) return { fault: String(error), line: line + 1 };
  return { fault: inOurWords(error, text), line: line + 1 + (error.mark?.line ?? 0) };
}

/** What people run into most says what would be right. */
function inOurWords({ reason, mark }: YAMLException, text: string): string {
  const [key = ''] = /^[^\r\n:]*/.exec(text.slice(mark?.position ?? 0)) ?? [];
  if (reason === 'duplicated mapping key')
    return `key ${JSON.stringify(unquoted(key))} is there twice: expected it once`;
  const alias = /^unidentified alias "(.*)"$/.exec(reason)?.[1];
  const expected = alias === undefined ? EXPECTED.get(reason) : `the anchor &${alias} before it`;
  return expected === undefined ? reason : `${reason}: expected ${expected}`;
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['deficient indentation', 'brackets and quotes to be closed, and what is in them to be indented'],
  ['tab characters must not be used in indentation', 'spaces'],
  ['object-based map does not support complex keys', 'a text as the key'],
]);

/** The parser's position is behind the first quote. */
function unquoted(key: string): string {
  return key.replace(/["']\s*$/, '');
}
