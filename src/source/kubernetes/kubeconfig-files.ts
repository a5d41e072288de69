/**
 * Finding, reading and merging kubeconfig files.
 */

import { readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoOf, SvclaneError } from '../../errors.ts';
import { isRecord } from '../../lib/is-record.ts';
import { readYaml } from '../../lib/yaml/read-yaml.ts';
import { fieldOf, itemsOf, type JsonObject, textOf } from './json-value.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A merged kubeconfig. Entries are as written, file names made absolute; names are unique. */
export interface KubeconfigContent {
  /** The files it came from. */
  readonly files: readonly string[];
  /** "" = none. */
  readonly currentContext: string;
  readonly clusters: readonly JsonObject[];
  readonly users: readonly JsonObject[];
  readonly contexts: readonly JsonObject[];
}

/**
 * Reads what `kubeconfig` names, one path or a list with the system's delimiter; where it is "", `KUBECONFIG`, else
 * `~/.kube/config`. `undefined`: nothing was named, and there is no such file. Files of a list may be missing, but not
 * all of them. The first file that has an entry or a current context wins.
 *
 * Throws `SVL_KUBECONFIG`. Source: kubectl's rules for `--kubeconfig` and `KUBECONFIG`.
 */
export function readKubeconfig(kubeconfig: string, env: Environment): KubeconfigContent | undefined {
  const named = splitPaths(kubeconfig, env);
  const paths = named.length > 0 ? named : splitPaths(env.KUBECONFIG ?? '', env);
  if (paths.length > 0) return merge(paths, readAll(paths));
  const fallback = env.HOME === undefined || env.HOME === '' ? undefined : join(env.HOME, '.kube', 'config');
  const found = fallback === undefined ? undefined : readOne(fallback);
  return fallback === undefined || found === undefined ? undefined : merge([fallback], [found]);
}

function splitPaths(list: string, env: Environment): string[] {
  const paths = list.split(delimiter).filter((path) => path !== '');
  return paths.map((path) => (path.startsWith('~/') && env.HOME ? join(env.HOME, path.slice(2)) : resolve(path)));
}

function readAll(paths: readonly string[]): JsonObject[] {
  const found = paths.map(readOne).filter((content) => content !== undefined);
  if (found.length > 0) return found;
  throw new SvclaneError('SVL_KUBECONFIG', `no such kubeconfig file: ${paths.join(', ')}`, {
    hint: 'name a file that exists by --kubeconfig or KUBECONFIG',
  });
}

/** One file with its relative file names resolved; `undefined` where it does not exist. An empty file is an empty object. */
function readOne(path: string): JsonObject | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const content = parseText(path, text) ?? {};
  if (!isRecord(content)) throw unusable(path, 'it is not a mapping');
  const root = dirname(path);
  const clusters = entries(content, 'clusters', 'cluster').map((entry) => withPaths(entry, 'cluster', root));
  const users = entries(content, 'users', 'user').map((entry) => withPaths(entry, 'user', root));
  return { ...content, clusters, users, contexts: entries(content, 'contexts', 'context') };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw unusable(path, `it cannot be read (${errnoOf(cause)})`, cause);
  }
}

function parseText(path: string, text: string): unknown {
  const [first, second] = readYaml(text, 'kubernetes').take(2);
  if (first && 'fault' in first) throw unusable(path, `line ${first.line} is not YAML: ${first.fault}`);
  if (second) throw unusable(path, `line ${second.line} begins another YAML document: expected one`);
  return first?.value;
}

function unusable(path: string, problem: string, cause?: unknown): SvclaneError {
  const hint = 'kubectl config view --kubeconfig shows how kubectl reads it';
  return new SvclaneError('SVL_KUBECONFIG', `the kubeconfig ${path} cannot be used: ${problem}`, { hint, cause });
}

/** The named entries of a section; one without a name or without its body is left out. */
function entries(content: JsonObject, section: string, body: string): JsonObject[] {
  const objects = itemsOf(content[section]).filter(isRecord);
  return objects.filter((entry) => textOf(entry.name) !== '' && isRecord(entry[body]));
}

const FILE_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile', 'token-file'];

/** Source: kubeconfig files, relative paths are relative to the file they stand in; an exec command with a slash too. */
function withPaths(entry: JsonObject, body: string, root: string): JsonObject {
  const fields = { ...(isRecord(entry[body]) ? entry[body] : {}) };
  for (const name of FILE_FIELDS) {
    const file = textOf(fields[name]);
    if (file !== '') fields[name] = absolute(root, file);
  }
  const command = textOf(fieldOf(fields.exec, 'command'));
  if (isRecord(fields.exec) && command.includes('/'))
    fields.exec = { ...fields.exec, command: absolute(root, command) };
  return { ...entry, [body]: fields };
}

function absolute(root: string, file: string): string {
  return isAbsolute(file) ? file : join(root, file);
}

function merge(files: readonly string[], contents: readonly JsonObject[]): KubeconfigContent {
  const all = (section: string): JsonObject[] => {
    const byName = new Map<string, JsonObject>();
    for (const entry of contents.flatMap((content) => itemsOf(content[section]).filter(isRecord))) {
      const name = textOf(entry.name);
      if (!byName.has(name)) byName.set(name, entry);
    }
    return [...byName.values()];
  };
  const currentContext =
    contents.map((content) => textOf(content['current-context'])).find((name) => name !== '') ?? '';
  return { files, currentContext, clusters: all('clusters'), users: all('users'), contexts: all('contexts') };
}
