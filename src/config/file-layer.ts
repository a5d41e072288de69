/**
 * The layer of the configuration file: YAML text to settings, each problem with its line.
 */

import { isRecord } from '../lib/is-record.ts';
import { readYaml, type YamlDocument, type YamlFault } from '../lib/yaml/read-yaml.ts';
import { checkSettings, type SettingProblem } from './check-settings.ts';
import { formatPath, type SettingPath } from './config-problem.ts';
import type { Layer } from './layer.ts';
import { nearest } from './nearest.ts';
import { API_VERSION, FILE_SCHEMAS } from './schema.ts';

/** A configuration file as it was read. `path` is for messages, and its folder is what relative paths start from. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Reads the file. Text that is no YAML gives its first syntax error and no settings. */
export function fileLayer(file: ConfigFile): Layer {
  const lineOf = lazyLines(file.text);
  const at = (line: number) => ({ where: `${file.path}:${line}`, line });
  const originOf = (path: SettingPath) => at(lineOf(path));
  const read = readOne(file.text);
  if ('fault' in read) {
    const problems = [{ path: '', ...at(read.line), message: read.fault }];
    return { given: undefined, settings: undefined, problems, originOf };
  }
  const { given, value, problems } = checkFile(read.value);
  const located = problems.map(({ path, at: part, message }) => {
    return { path: formatPath(path), ...at(lineOf(path, part)), message };
  });
  located.sort((a, b) => a.line - b.line);
  return { given, settings: fromFolder(folderOf(file.path), value), problems: located, originOf };
}

/** The value of the one document that a text has, without what it was made from: that of thousands of lanes is large. */
function readOne(text: string): Pick<YamlDocument, 'value'> | YamlFault {
  const [first, second] = readYaml(text, 'strict').take(2);
  if (first && 'fault' in first) return first;
  if (second !== undefined) return { fault: 'expected one YAML document, not several', line: second.line };
  return { value: first?.value };
}

/** Reads the text once more when the first line is asked for: mostly there is no problem. */
function lazyLines(text: string): YamlDocument['lineOf'] {
  let document: YamlDocument | undefined;
  return (path, part) => {
    document ??= [...readYaml(text, 'strict')].find((read) => 'value' in read);
    return document?.lineOf(path, part) ?? 1;
  };
}

interface CheckedFile {
  readonly given: unknown;
  readonly value: unknown;
  readonly problems: readonly SettingProblem[];
}

function checkFile(given: unknown): CheckedFile {
  if (!isRecord(given)) {
    const message = `expected a mapping that begins with "apiVersion: ${API_VERSION}" and "kind: ProxyConfiguration"`;
    return { given: undefined, value: undefined, problems: [{ path: [], at: 'value', message }] };
  }
  const kind = given.kind === 'Lanes' ? 'Lanes' : 'ProxyConfiguration';
  const { value, problems } = checkSettings(FILE_SCHEMAS[kind], given);
  const { apiVersion: _version, kind: _kind, ...settings } = isRecord(value) ? value : {};
  const others = problems.filter(({ path }) => formatPath(path) !== 'kind');
  return { given, value: settings, problems: [...headerProblems(given), ...others] };
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
