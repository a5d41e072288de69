/**
 * A Node of the API, decoded to what routing and health need. Never throws; a part that is wrong loses only that part.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/
 */

import { isRecord } from '../lib/is-record.ts';
import { parseAddress, parseCidr } from './address.ts';
import { decodeMetadata } from './decode-metadata.ts';
import {
  createProblemList,
  type Decoded,
  type ProblemList,
  type RawRecord,
  readRecord,
  readRecords,
  readText,
  readTexts,
} from './decode-reader.ts';
import type { Node } from './node.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Decodes a Node. Skipped whole only without a name. */
export function decodeNode(raw: unknown): Decoded<Node> {
  const list = createProblemList();
  if (!isRecord(raw)) {
    list.report('OBJECT_INVALID', '', 'must be an object');
    return { object: undefined, problems: list.problems };
  }
  const metadata = decodeMetadata(raw, false, list);
  if (!metadata) return { object: undefined, problems: list.problems };
  const spec = readRecord(raw, 'spec', '', list);
  const object: Node = {
    kind: 'Node',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    zone: readText(metadata.labels, ZONE_LABEL, 'metadata.labels', list) ?? '',
    addresses: readAddresses(readRecord(raw, 'status', '', list), list),
    podCIDRs: readPodCidrs(spec, list),
    taintKeys: readRecords(spec, 'taints', 'spec', list)
      .map(({ entry, path }) => readText(entry, 'key', path, list) ?? '')
      .filter((key) => key !== ''),
    deleting: metadata.deleting,
    problems: list.problems,
  };
  return { object, problems: list.problems };
}

/** Every InternalIP, then every ExternalIP, each in the API's order. Source: Node `status.addresses`. */
function readAddresses(status: RawRecord, list: ProblemList): readonly string[] {
  const byType: Readonly<Record<'InternalIP' | 'ExternalIP', string[]>> = { InternalIP: [], ExternalIP: [] };
  for (const { entry, path } of readRecords(status, 'addresses', 'status', list)) {
    const type = readText(entry, 'type', path, list);
    if (type !== 'InternalIP' && type !== 'ExternalIP') continue;
    const address = parseAddress(readText(entry, 'address', path, list) ?? '');
    if (address === undefined) list.report('ADDRESS_INVALID', `${path}.address`, 'must be an IP address');
    else byType[type].push(address);
  }
  return [...new Set([...byType.InternalIP, ...byType.ExternalIP])];
}

/** `spec.podCIDRs`, or the older `spec.podCIDR` where that is all there is. */
function readPodCidrs(spec: RawRecord, list: ProblemList): readonly string[] {
  const listed = readTexts(spec, 'podCIDRs', 'spec', list);
  const single = listed.length > 0 ? undefined : readText(spec, 'podCIDR', 'spec', list);
  const texts = single === undefined || single === '' ? listed : [{ text: single, path: 'spec.podCIDR' }];
  const found: string[] = [];
  for (const { text, path } of texts) {
    const range = parseCidr(text);
    if (range) found.push(range.text);
    else list.report('RANGE_INVALID', path, 'must be a CIDR such as 10.244.1.0/24');
  }
  return found;
}
