/**
 * The Kubernetes objects of one YAML document: Lists opened, other kinds told apart.
 */

/** A value of a document. `path` is where it stands in the document. */
export type ManifestItem =
  | { readonly type: 'object'; readonly path: ItemPath; readonly raw: RawObject }
  | { readonly type: 'ignored'; readonly path: ItemPath }
  | { readonly type: 'wrong'; readonly path: ItemPath; readonly message: string };

export type ItemPath = readonly (string | number)[];
type RawObject = Readonly<Record<string, unknown>>;

const CORE = 'v1';
const DISCOVERY = 'discovery.k8s.io/v1';
const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['Service', CORE],
  ['Node', CORE],
  ['EndpointSlice', DISCOVERY],
  ['List', CORE],
  ['ServiceList', CORE],
  ['NodeList', CORE],
  ['EndpointSliceList', DISCOVERY],
]);

/**
 * The items of a document's value, in order; none for an empty document. Objects have `apiVersion`, `kind` and, but for
 * Nodes, `metadata.namespace`: `default` where the manifest has none. A List is opened one level deep.
 *
 * Source: kubectl reads several documents and Lists, and puts objects without a namespace into the current one.
 */
export function manifestItems(value: unknown): readonly ManifestItem[] {
  if (value === null || value === undefined) return [];
  const item = classify(value, []);
  if (item.type !== 'object' || !kindOf(item.raw).endsWith('List')) return [item];
  const { items } = item.raw;
  if (items === null || items === undefined) return [];
  if (!Array.isArray(items)) return [{ type: 'wrong', path: ['items'], message: 'expected a list' }];
  return items.map((inner: unknown, index) => listItem(item.raw, inner, ['items', index]));
}

/** The items of a typed List need not say what they are. */
function listItem(list: RawObject, inner: unknown, path: ItemPath): ManifestItem {
  const kind = kindOf(list).slice(0, -'List'.length);
  const typed = isRawObject(inner) && kind !== '' ? { apiVersion: list.apiVersion, kind, ...inner } : inner;
  const item = classify(typed, path);
  if (item.type !== 'object' || !kindOf(item.raw).endsWith('List')) return item;
  return { type: 'wrong', path, message: 'a List within a List is not read' };
}

function classify(value: unknown, path: ItemPath): ManifestItem {
  const wrong = (message: string, ...key: string[]): ManifestItem => ({
    type: 'wrong',
    path: [...path, ...key],
    message,
  });
  if (!isRawObject(value)) return wrong('expected a Kubernetes object: keys apiVersion, kind, metadata, spec');
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string' || kind === '') return wrong('expected the kind of the object, such as Service', 'kind');
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    return wrong(`expected the version of kind ${kind}${hint(kind)}`, 'apiVersion');
  }
  const version = VERSIONS.get(kind);
  if (version === apiVersion) return { type: 'object', path, raw: withNamespace(value, kind) };
  const ours = version !== undefined && groupOf(version) === groupOf(apiVersion);
  return ours ? wrong(`expected ${version}, not ${apiVersion}`, 'apiVersion') : { type: 'ignored', path };
}

function withNamespace(raw: RawObject, kind: string): RawObject {
  const { metadata } = raw;
  if (kind === 'Node' || !isRawObject(metadata)) return raw;
  const { namespace } = metadata;
  if (namespace !== undefined && namespace !== null && namespace !== '') return raw;
  return { ...raw, metadata: { ...metadata, namespace: 'default' } };
}

function isRawObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf({ kind }: RawObject): string {
  return typeof kind === 'string' ? kind : '';
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function hint(kind: string): string {
  const version = VERSIONS.get(kind);
  return version === undefined ? '' : `: ${version}`;
}
