/**
 * The layer of the configuration file: YAML text to settings, each problem with its line.
 */

import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { isRecord } from '../lib/is-record.ts';
import { checkSettings, type SettingProblem } from './check-settings.ts';
import { formatPath, type SettingPath } from './config-problem.ts';
import type { Layer } from './layer.ts';
import { nearest } from './nearest.ts';
import { API_VERSION, FILE_SCHEMAS } from './schema.ts';
import { yamlLine } from './yaml-lines.ts';
import { parseInPieces } from './yaml-pieces.ts';

/** A configuration file as it was read. `path` is for messages, and its folder is what relative paths start from. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Reads the file. Text that is no YAML gives its syntax errors and no settings. */
export function fileLayer(file: ConfigFile): Layer {
  const lazy = lazyDocument(file.text);
  const at = (line: number) => ({ where: `${file.path}:${line}`, line });
  const originOf = (path: SettingPath) => at(lazy().lineOf(path));
  const inPieces = parseInPieces(file.text);
  const syntax = inPieces ? [] : lazy().faults.map(({ line, message }) => ({ path: '', ...at(line), message }));
  if (syntax.length > 0) return { given: undefined, settings: undefined, problems: syntax, originOf };
  const { given, value, problems } = checkFile(inPieces ?? lazy().plain());
  const located = problems.map(({ path, at: part, message }) => {
    return { path: formatPath(path), ...at(lazy().lineOf(path, part)), message };
  });
  located.sort((a, b) => a.line - b.line);
  return { given, settings: fromFolder(folderOf(file.path), value), problems: located, originOf };
}

/** The whole document. A file that is read in pieces needs it only to tell where a problem is. */
interface WholeDocument {
  readonly faults: readonly { readonly line: number; readonly message: string }[];
  lineOf(path: SettingPath, part?: 'key' | 'value'): number;
  plain(): Plain;
}

function lazyDocument(text: string): () => WholeDocument {
  let whole: WholeDocument | undefined;
  return () => {
    whole ??= wholeDocument(text);
    return whole;
  };
}

function wholeDocument(text: string): WholeDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return {
    faults: [...document.errors, ...document.warnings].map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      message: syntaxMessage(error),
    })),
    lineOf: (path, part) => yamlLine(document, lines, path, part),
    plain: () => plain(document),
  };
}

function syntaxMessage({ code, message }: YAMLError): string {
  return code === 'MULTIPLE_DOCS' ? 'expected one YAML document, not several' : message;
}

interface CheckedFile {
  readonly given: unknown;
  readonly value: unknown;
  readonly problems: readonly SettingProblem[];
}

function checkFile(given: Plain): CheckedFile {
  if ('problem' in given) return { given: undefined, value: undefined, problems: [given.problem] };
  if (!isRecord(given.value)) {
    const message = `expected a mapping that begins with "apiVersion: ${API_VERSION}" and "kind: ProxyConfiguration"`;
    return { given: undefined, value: undefined, problems: [{ path: [], at: 'value', message }] };
  }
  const kind = given.value.kind === 'Lanes' ? 'Lanes' : 'ProxyConfiguration';
  const { value, problems } = checkSettings(FILE_SCHEMAS[kind], given.value);
  const { apiVersion: _version, kind: _kind, ...settings } = isRecord(value) ? value : {};
  const others = problems.filter(({ path }) => formatPath(path) !== 'kind');
  return { given: given.value, value: settings, problems: [...headerProblems(given.value), ...others] };
}

function headerProblems(given: Readonly<Record<string, unknown>>): SettingProblem[] {
  const kinds = Object.keys(FILE_SCHEMAS);
  const problems: SettingProblem[] = [];
  if (given.apiVersion === undefined || given.apiVersion === null) {
    problems.push({ path: ['apiVersion'], at: 'value', message: `is missing: expected ${API_VERSION}` });
  }
  if (typeof given.kind !== 'string' || !kinds.includes(given.kind)) {
    const meant = nearest(String(given.kind), kinds);
    const found = given.kind === undefined || given.kind === null ? 'is missing: ' : '';
    const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
    const message = `${found}expected one of ${kinds.join(', ')}${found ? '' : `, not ${JSON.stringify(given.kind)}`}${hint}`;
    problems.push({ path: ['kind'], at: 'value', message });
  }
  return problems;
}

type Plain = { readonly value: unknown } | { readonly problem: SettingProblem };

function plain(document: Document): Plain {
  try {
    return { value: document.toJS() };
  } catch (error) {
    // Aliases that multiply without bound, or that name no anchor.
    return { problem: { path: [], at: 'value', message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Relative paths that a file has start from its own folder. */
function fromFolder(folder: string, settings: unknown): unknown {
  if (!isRecord(settings)) return settings;
  const result: Record<string, unknown> = { ...settings };
  const { source, clientConnection, history } = result;
  if (typeof source === 'string' && source.startsWith('file:'))
    result.source = `file:${within(folder, source.slice(5))}`;
  if (isRecord(clientConnection) && typeof clientConnection.kubeconfig === 'string') {
    result.clientConnection = { ...clientConnection, kubeconfig: within(folder, clientConnection.kubeconfig) };
  }
  if (isRecord(history) && typeof history.file === 'string') {
    result.history = { ...history, file: within(folder, history.file) };
  }
  return result;
}

function within(folder: string, path: string): string {
  if (path === '' || path.startsWith('/') || folder === '') return path;
  return `${folder}${path.replace(/^(\.\/+)+/, '')}`;
}

/** With the slash at its end; "" = the working directory. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
