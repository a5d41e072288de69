/**
 * What one reflector has delivered, and the difference that a new list makes.
 *
 * Nothing is kept of an object but its key and its resource version:
 *
 *   #known:  "shop/web-x7k" ──▶ "8826"
 */

import type { DecodedObject } from '../../model/decode-object.ts';
import type { Rejection, SourceSink, WatchedKind } from '../../model/source.ts';
import { fieldOf, textOf } from './json-value.ts';

export type Decode = (raw: unknown, kind: WatchedKind) => DecodedObject;

/** Where an object stands, from its metadata. `name` "" = it does not say. */
interface Identity {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** An object of a list or an event. `decoded` is absent where this very version has been delivered. */
interface ReadObject {
  readonly identity: Identity;
  readonly decoded: DecodedObject | undefined;
}

/** Delivers objects of one kind and scope to a sink. An object that cannot be used leaves its last good version. */
export class KnownObjects {
  readonly #kind: WatchedKind;
  readonly #sink: SourceSink;
  readonly #decode: Decode;
  readonly #known = new Map<string, string>();

  constructor(kind: WatchedKind, sink: SourceSink, decode: Decode) {
    this.#kind = kind;
    this.#sink = sink;
    this.#decode = decode;
  }

  get size(): number {
    return this.#known.size;
  }

  /** An object that was added or changed. */
  apply(raw: unknown): void {
    this.#deliver(this.#read(raw));
  }

  delete(raw: unknown): void {
    this.#remove(identityOf(raw).key);
  }

  /** An empty list in the making. It decodes as it is filled, so that what it is made of need not be kept. */
  snapshot(): Snapshot {
    return new Snapshot((raw) => this.#read(raw));
  }

  /** Makes what is known equal to a complete list: what is gone first, as others may have taken over its ports. */
  replace(snapshot: Snapshot): void {
    for (const key of [...this.#known.keys()]) if (!snapshot.has(key)) this.#remove(key);
    for (const read of snapshot.objects()) this.#deliver(read);
  }

  #read(raw: unknown): ReadObject {
    const identity = identityOf(raw);
    const same = identity.version !== '' && this.#known.get(identity.key) === identity.version;
    return { identity, decoded: same ? undefined : this.#tryDecode(raw, identity) };
  }

  #tryDecode(raw: unknown, identity: Identity): DecodedObject {
    try {
      return this.#decode(raw, this.#kind);
    } catch (error) {
      return { rejection: this.#rejection(identity, `it cannot be decoded: ${error}`) };
    }
  }

  #deliver({ identity, decoded }: ReadObject): void {
    if (!decoded) return;
    if (identity.name !== '') this.#known.set(identity.key, identity.version);
    const { object, rejection } = decoded;
    if (rejection) this.#safely(identity, () => this.#sink.rejected(rejection));
    if (object) this.#safely(identity, () => this.#sink.apply(object));
  }

  #remove(key: string): void {
    if (!this.#known.delete(key)) return;
    const [namespace = '', name = ''] = key.split('/');
    this.#safely({ namespace, name }, () => this.#sink.delete(this.#kind, namespace, name));
  }

  /** What one object does to the sink must not keep the next one from it. */
  #safely(identity: Pick<Identity, 'namespace' | 'name'>, deliver: () => void): void {
    try {
      deliver();
    } catch (error) {
      this.#report(this.#rejection(identity, `it was refused: ${error}`));
    }
  }

  #report(rejection: Rejection): void {
    try {
      this.#sink.rejected(rejection);
    } catch {
      // A sink that cannot take the report either: nobody is left to tell.
    }
  }

  #rejection({ namespace, name }: Pick<Identity, 'namespace' | 'name'>, message: string): Rejection {
    const problem = { code: 'OBJECT_INVALID', path: '', message } as const;
    return { kind: this.#kind, namespace, name, skipped: true, problems: [problem] };
  }
}

/** A list while it comes in. The last one of two objects with the same key counts. */
export class Snapshot {
  readonly #read: (raw: unknown) => ReadObject;
  readonly #objects = new Map<string, ReadObject>();

  constructor(read: (raw: unknown) => ReadObject) {
    this.#read = read;
  }

  add(raw: unknown): void {
    const read = this.#read(raw);
    this.#objects.set(read.identity.key, read);
  }

  delete(raw: unknown): void {
    this.#objects.delete(identityOf(raw).key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  objects(): Iterable<ReadObject> {
    return this.#objects.values();
  }
}

/** `metadata.resourceVersion` of an object or a list; "" = none. */
export function versionOf(raw: unknown): string {
  return textOf(fieldOf(fieldOf(raw, 'metadata'), 'resourceVersion'));
}

function identityOf(raw: unknown): Identity {
  const metadata = fieldOf(raw, 'metadata');
  const namespace = textOf(fieldOf(metadata, 'namespace'));
  const name = textOf(fieldOf(metadata, 'name'));
  return { key: `${namespace}/${name}`, namespace, name, version: versionOf(raw) };
}
