/**
 * The part of kubectl's JSONPath templates that scripts use: `{.items[0].service}`, `{.items[*].id}`, and
 * `{range .items[*]}{.service}{"\n"}{end}`.
 *
 * Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */

import { SvclaneError } from '../errors.ts';

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] };

/** A key, an index (from the end where it is negative), or `*`. */
type Step = string | number | typeof EVERY;

const EVERY = Symbol('*');

/** What a template gives for a document; several values are joined by spaces. Throws `SVL_USAGE`. */
export function formatJsonPath(template: string, document: unknown): string {
  return compileJsonPath(template)(document);
}

/** Reads a template once for many documents. Throws `SVL_USAGE`. */
export function compileJsonPath(template: string): (document: unknown) => string {
  if (template.trim() === '') throw wrong(template);
  const tokens = tokensOf(template.includes('{') ? template : `{${template}}`);
  const parts = parseParts(tokens, false);
  return (document) => render(parts, document);
}

/** Reads one path, `.a.b` or `{.a.b}`, once for many documents; what it gives are the values there. Throws `SVL_USAGE`. */
export function compilePath(path: string): (document: unknown) => readonly unknown[] {
  const steps = parseSteps(path.trim().replace(/^\{(.*)\}$/s, '$1'));
  return (document) => select(steps, document);
}

/** Texts and the insides of braces, in turn; a brace within quotes is none. */
function tokensOf(template: string): { readonly isText: boolean; readonly text: string }[] {
  const pattern = /\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)\}|([^{]+)/gy;
  const tokens: { readonly isText: boolean; readonly text: string }[] = [];
  let end = 0;
  for (const [match, inside, text = ''] of template.matchAll(pattern)) {
    tokens.push(inside === undefined ? { isText: true, text } : { isText: false, text: inside.trim() });
    end += match.length;
  }
  if (end < template.length) throw wrong(template.slice(end));
  return tokens;
}

function parseParts(tokens: { readonly isText: boolean; readonly text: string }[], inRange: boolean): readonly Part[] {
  const parts: Part[] = [];
  for (let token = tokens.shift(); token; token = tokens.shift()) {
    const { isText, text } = token;
    if (isText) parts.push({ type: 'text', text });
    else if (text === 'end' && inRange) return parts;
    else if (text.startsWith('range ')) {
      parts.push({ type: 'range', steps: parseSteps(text.slice('range '.length)), body: parseParts(tokens, true) });
    } else if (/^["']/.test(text)) parts.push({ type: 'text', text: unquote(text) });
    else parts.push({ type: 'path', steps: parseSteps(text) });
  }
  if (inRange) throw wrong('{range} without {end}');
  return parts;
}

function parseSteps(text: string): readonly Step[] {
  const path = text.trim().replace(/^[$@]/, '');
  const pattern = /\.([\w-]+|\*)|\[(-?\d+|\*)\]|\['([^']*)'\]/y;
  const steps: Step[] = [];
  while (pattern.lastIndex < path.length && path !== '.') {
    const [, key, index, quoted] = pattern.exec(path) ?? [];
    if (key === '*' || index === '*') steps.push(EVERY);
    else if (index !== undefined) steps.push(Number(index));
    else if (key !== undefined || quoted !== undefined) steps.push(key ?? quoted ?? '');
    else throw wrong(text);
  }
  return steps;
}

function render(parts: readonly Part[], value: unknown): string {
  return parts
    .map((part) => {
      if (part.type === 'text') return part.text;
      const found = select(part.steps, value);
      if (part.type === 'range') return found.map((item) => render(part.body, item)).join('');
      return found.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(' ');
    })
    .join('');
}

/** What is not there is left out. */
function select(steps: readonly Step[], value: unknown): readonly unknown[] {
  let found: readonly unknown[] = [value];
  for (const step of steps) found = found.flatMap((item) => childrenOf(item, step));
  return found;
}

function childrenOf(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === EVERY) return Object.values(value);
  if (typeof step === 'number') return Array.isArray(value) && value.at(step) !== undefined ? [value.at(step)] : [];
  const entry = Object.entries(value).find(([key]) => key === step);
  return entry ? [entry[1]] : [];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);
}

function wrong(what: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', `cannot read the JSONPath template at "${what}"`, {
    hint: 'fields, indices, [*], {range}…{end} and quoted texts are known: {.items[*].service}',
  });
}
