/**
 * The text of one manifest file to decoded objects, with everything that was wrong and where.
 */

import { formatPath } from '../../config/config-problem.ts';
import { readYaml, type YamlDocument } from '../../lib/yaml/read-yaml.ts';
import type { DecodedObject } from '../../model/decode-object.ts';
import type { Problem, ProblemCode } from '../../model/problem.ts';
import type { ApiObject, Rejection } from '../../model/source.ts';
import { type ItemPath, manifestItems } from './manifest-objects.ts';

export type Decode = (raw: unknown) => DecodedObject;

/** An object and where it stands: `web.yaml:12 (document 2)`. */
export interface ManifestObject {
  /** `Service/shop/web`. */
  readonly key: string;
  readonly object: ApiObject;
  readonly where: string;
}

/** A file read. `wrong` = some of it cannot be used at all, so that an earlier good content is the better one. */
export interface ParsedManifest {
  readonly objects: readonly ManifestObject[];
  readonly rejections: readonly Rejection[];
  readonly wrong: boolean;
  /** Objects of kinds that are not for a proxy: a Deployment, say. */
  readonly ignored: number;
}

interface Reader {
  readonly file: string;
  readonly decode: Decode;
  /** By key: of two objects with one name in a file the later counts. */
  readonly objects: Map<string, ManifestObject>;
  readonly rejections: Rejection[];
  ignored: number;
}

/** One document of the file; `number` is from 1. */
interface Place {
  readonly document: YamlDocument;
  readonly number: number;
}

/** Parses a file: YAML or JSON, several documents, Lists. `file` is its name for people. Never throws. */
export function parseManifest(file: string, text: string, decode: Decode): ParsedManifest {
  const reader: Reader = { file, decode, objects: new Map(), rejections: [], ignored: 0 };
  let number = 0;
  for (const read of readYaml(text, 'kubernetes')) {
    number += 1;
    if ('fault' in read) reject(reader, whereOf(reader, number, read.line), '', read.fault);
    else readDocument(reader, { document: read, number });
  }
  const { objects, rejections, ignored } = reader;
  const wrong = rejections.some(({ skipped, problems }) => skipped && problems[0]?.code !== 'OBJECT_DUPLICATE');
  return { objects: [...objects.values()], rejections, wrong, ignored };
}

function readDocument(reader: Reader, place: Place): void {
  for (const item of manifestItems(place.document.value)) {
    if (item.type === 'ignored') reader.ignored += 1;
    else if (item.type === 'object') readObject(reader, place, item.path, item.raw);
    else reject(reader, whereIs(reader, place, item.path), formatPath(item.path), item.message);
  }
}

function readObject(reader: Reader, place: Place, path: ItemPath, raw: unknown): void {
  const { object, rejection } = reader.decode(raw);
  if (rejection) reader.rejections.push(locate(reader, place, path, rejection));
  if (!object) return;
  const where = whereIs(reader, place, path);
  const key = `${object.kind}/${'namespace' in object ? object.namespace : ''}/${object.name}`;
  const earlier = reader.objects.get(key);
  if (earlier) reader.rejections.push(duplicate(earlier, where));
  reader.objects.set(key, { key, object, where });
}

/** The report that `loser` does not count because the manifest at `winner` defines the same object. */
export function duplicate({ object, where }: ManifestObject, winner: string): Rejection {
  const problem: Problem = {
    code: 'OBJECT_DUPLICATE',
    path: 'metadata.name',
    message: `defined again at ${winner}, which counts`,
  };
  const namespace = 'namespace' in object ? object.namespace : '';
  return { kind: object.kind, namespace, name: object.name, skipped: true, problems: [problem], where };
}

/** The report of a file, or a part of it, that is no object at all. */
export function manifestRejection(file: string, where: string, path: string, message: string): Rejection {
  const code: ProblemCode = 'OBJECT_INVALID';
  return { kind: 'Manifest', namespace: '', name: file, skipped: true, problems: [{ code, path, message }], where };
}

function reject(reader: Reader, where: string, path: string, message: string): void {
  reader.rejections.push(manifestRejection(reader.file, where, path, message));
}

/** A decoder's report with its place in the file. Further problems that stand on other lines say so themselves. */
function locate(reader: Reader, place: Place, base: ItemPath, rejection: Rejection): Rejection {
  const lines = rejection.problems.map(({ path }) => place.document.lineOf([...base, ...parseFieldPath(path)]));
  const [first = place.document.lineOf(base)] = lines;
  const problems = rejection.problems.map((problem, index): Problem => {
    const suffix = lines[index] === first ? '' : ` (line ${lines[index]})`;
    return { ...problem, path: fieldPath(base, problem.path), message: `${problem.message}${suffix}` };
  });
  return { ...rejection, problems, where: whereOf(reader, place.number, first) };
}

function fieldPath(base: ItemPath, path: string): string {
  return [formatPath(base), path].filter((part) => part !== '').join('.');
}

/** `spec.ports[0].port` → keys and indices. */
function parseFieldPath(path: string): ItemPath {
  const parts = path.match(/[^.[\]]+/g) ?? [];
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function whereIs(reader: Reader, { document, number }: Place, path: ItemPath): string {
  return whereOf(reader, number, document.lineOf(path));
}

function whereOf({ file }: Reader, number: number, line: number): string {
  return `${file}:${line} (document ${number})`;
}
