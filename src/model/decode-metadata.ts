/**
 * `metadata`, decoded: what identifies an object, and the labels and annotations that routing reads.
 */

import { isRecord } from '../lib/is-record.ts';
import { fieldOf, type ProblemList, type RawRecord, readRecord, readText } from './decode-reader.ts';

/** `metadata` of one object. `namespace` is "" where the kind has none. */
export interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  /** `metadata.deletionTimestamp` is set. */
  readonly deleting: boolean;
  readonly labels: RawRecord;
  readonly annotations: RawRecord;
}

/** Longer names cannot be: the API allows 253 characters. */
const MAX_NAME = 253;

/** Decodes `metadata`; `undefined`, with the problem reported, where the object cannot be told from others. */
export function decodeMetadata(raw: RawRecord, namespaced: boolean, list: ProblemList): Metadata | undefined {
  const metadata = readRecord(raw, 'metadata', '', list);
  const name = identifier(metadata, 'name', list);
  const namespace = namespaced ? identifier(metadata, 'namespace', list) : '';
  if (name === undefined || namespace === undefined) return undefined;
  const text = (key: string): string => readText(metadata, key, 'metadata', list) ?? '';
  return {
    namespace,
    name,
    uid: text('uid'),
    resourceVersion: text('resourceVersion'),
    creationTimestamp: text('creationTimestamp'),
    deleting: fieldOf(metadata, 'deletionTimestamp') !== undefined,
    labels: readRecord(metadata, 'labels', 'metadata', list),
    annotations: readRecord(metadata, 'annotations', 'metadata', list),
  };
}

/**
 * The value of the label `service.kubernetes.io/service-proxy-name`: present, whatever its value, it gives the object to
 * another proxy. `undefined` = absent.
 *
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioservice-proxy-name
 */
export function serviceProxyNameOf({ labels }: Metadata, list: ProblemList): string | undefined {
  const key = 'service.kubernetes.io/service-proxy-name';
  if (fieldOf(labels, key) === undefined) return undefined;
  return readText(labels, key, 'metadata.labels', list) ?? '';
}

/** Whether the label `service.kubernetes.io/headless` is present, whatever its value. */
export function hasHeadlessLabel({ labels }: Metadata): boolean {
  return fieldOf(labels, 'service.kubernetes.io/headless') !== undefined;
}

/** What identifies an object of unknown worth, for a report: "" where it does not say. */
export function identityOf(raw: unknown): { readonly kind: string; readonly namespace: string; readonly name: string } {
  const record = isRecord(raw) ? raw : {};
  const metadata = fieldOf(record, 'metadata');
  const text = (from: unknown, key: string): string => {
    const value = isRecord(from) ? fieldOf(from, key) : undefined;
    return typeof value === 'string' ? value.slice(0, MAX_NAME) : '';
  };
  return { kind: text(record, 'kind'), namespace: text(metadata, 'namespace'), name: text(metadata, 'name') };
}

function identifier(metadata: RawRecord, key: string, list: ProblemList): string | undefined {
  const value = fieldOf(metadata, key);
  if (typeof value === 'string' && value !== '' && value.length <= MAX_NAME && !value.includes('/')) return value;
  list.report('OBJECT_INVALID', `metadata.${key}`, `must be a name of 1 to ${MAX_NAME} characters without "/"`);
  return undefined;
}
