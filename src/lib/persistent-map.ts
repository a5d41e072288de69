/**
 * An immutable map from strings, whose versions share what did not change: a hash trie.
 *
 *   Branch(bitmap, children) ── 5 bits of the hash at each depth ──▶ Branch | Leaf | Collision
 *
 * The shape depends on the content only, never on the order in which it came to be: a branch holds two entries or
 * more, and the entries of a collision are sorted. So two versions differ exactly where their nodes differ.
 */

/** An immutable map; `set` and `delete` give another one, or the same where nothing changes. Values are not `undefined`. */
export interface PersistentMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  /** The same map where the value is identical to the one it has. */
  set(key: string, value: V): PersistentMap<V>;
  delete(key: string): PersistentMap<V>;
  /** In the order of the hashes: the same content gives the same order, but not a sorted one. */
  entries(): IterableIterator<[string, V]>;
  values(): IterableIterator<V>;
}

interface Leaf<V> {
  readonly type: 'leaf';
  readonly hash: number;
  readonly key: string;
  readonly value: V;
}

interface Collision<V> {
  readonly type: 'collision';
  readonly hash: number;
  /** Two or more, sorted by key. */
  readonly leaves: readonly Leaf<V>[];
}

interface Branch<V> {
  readonly type: 'branch';
  readonly bitmap: number;
  readonly children: readonly TrieNode<V>[];
}

type TrieNode<V> = Leaf<V> | Collision<V> | Branch<V>;
type Hash = (text: string) => number;

/** The empty map. `hash` is for tests that want collisions; maps that are compared must have the same one. */
export function emptyMap<V>(hash: Hash = hashText): PersistentMap<V> {
  return new HashTrie<V>(undefined, 0, hash);
}

/**
 * Calls `visit` for each key whose value is not identical in the two maps; `undefined` = absent. What the maps share is
 * skipped whole, so the cost is that of what differs.
 */
export function diffMaps<V>(
  a: PersistentMap<V>,
  b: PersistentMap<V>,
  visit: (key: string, before: V | undefined, after: V | undefined) => void,
): void {
  diffNodes(rootOf(a), rootOf(b), 0, visit);
}

class HashTrie<V> implements PersistentMap<V> {
  readonly root: TrieNode<V> | undefined;
  readonly size: number;
  readonly #hash: Hash;

  constructor(root: TrieNode<V> | undefined, size: number, hash: Hash) {
    this.root = root;
    this.size = size;
    this.#hash = hash;
  }

  get(key: string): V | undefined {
    return findLeaf(this.root, this.#hash(key), key)?.value;
  }

  has(key: string): boolean {
    return findLeaf(this.root, this.#hash(key), key) !== undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const hash = this.#hash(key);
    const found = findLeaf(this.root, hash, key);
    if (found && Object.is(found.value, value)) return this;
    const leaf: Leaf<V> = { type: 'leaf', hash, key, value };
    return new HashTrie(insert(this.root, leaf, 0), found ? this.size : this.size + 1, this.#hash);
  }

  delete(key: string): PersistentMap<V> {
    const hash = this.#hash(key);
    if (!findLeaf(this.root, hash, key)) return this;
    return new HashTrie(remove(this.root, hash, key, 0), this.size - 1, this.#hash);
  }

  *entries(): IterableIterator<[string, V]> {
    for (const leaf of leavesOf(this.root)) yield [leaf.key, leaf.value];
  }

  *values(): IterableIterator<V> {
    for (const leaf of leavesOf(this.root)) yield leaf.value;
  }
}

/** FNV-1a over UTF-16 units, with a final mix: the trie reads the low bits first. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) | 0;
}

function rootOf<V>(map: PersistentMap<V>): TrieNode<V> | undefined {
  if (!(map instanceof HashTrie)) throw new TypeError('not a map made by emptyMap');
  return map.root;
}

function bitAt(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & 31);
}

/** The place of a bit's child among the children: how many lower bits are set. */
function indexOf(bitmap: number, bit: number): number {
  let rest = bitmap & (bit - 1);
  rest -= (rest >>> 1) & 0x55555555;
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function findLeaf<V>(root: TrieNode<V> | undefined, hash: number, key: string): Leaf<V> | undefined {
  let node = root;
  for (let shift = 0; node?.type === 'branch'; shift += 5) {
    const bit = bitAt(hash, shift);
    node = (node.bitmap & bit) === 0 ? undefined : node.children[indexOf(node.bitmap, bit)];
  }
  if (node?.type === 'collision') return node.leaves.find((leaf) => leaf.key === key);
  return node?.key === key ? node : undefined;
}

function insert<V>(node: TrieNode<V> | undefined, leaf: Leaf<V>, shift: number): TrieNode<V> {
  if (!node) return leaf;
  if (node.type !== 'branch') {
    if (node.hash === leaf.hash) return bucket(leaf.hash, [...leavesOf(node)].filter(isNot(leaf.key)), leaf);
    return insert(branchOf(node, shift), leaf, shift);
  }
  const bit = bitAt(leaf.hash, shift);
  const index = indexOf(node.bitmap, bit);
  if ((node.bitmap & bit) === 0) {
    return { type: 'branch', bitmap: node.bitmap | bit, children: node.children.toSpliced(index, 0, leaf) };
  }
  return { ...node, children: node.children.with(index, insert(node.children[index], leaf, shift + 5)) };
}

function remove<V>(node: TrieNode<V> | undefined, hash: number, key: string, shift: number): TrieNode<V> | undefined {
  if (node?.type === 'collision') return bucket(hash, node.leaves.filter(isNot(key)));
  if (node?.type !== 'branch') return undefined;
  const bit = bitAt(hash, shift);
  const index = indexOf(node.bitmap, bit);
  const child = remove(node.children[index], hash, key, shift + 5);
  const children = child ? node.children.with(index, child) : node.children.toSpliced(index, 1);
  const [only] = children;
  if (children.length === 1 && only && only.type !== 'branch') return only;
  return { type: 'branch', bitmap: child ? node.bitmap : node.bitmap & ~bit, children };
}

/** One leaf as it is, several as a collision. */
function bucket<V>(hash: number, leaves: readonly Leaf<V>[], added?: Leaf<V>): Leaf<V> | Collision<V> {
  const all = added ? [...leaves, added] : leaves;
  const [only] = all;
  if (only && all.length === 1) return only;
  return { type: 'collision', hash, leaves: all.toSorted((x, y) => (x.key < y.key ? -1 : 1)) };
}

function branchOf<V>(node: Leaf<V> | Collision<V>, shift: number): Branch<V> {
  return { type: 'branch', bitmap: bitAt(node.hash, shift), children: [node] };
}

function isNot<V>(key: string): (leaf: Leaf<V>) => boolean {
  return (leaf) => leaf.key !== key;
}

function* leavesOf<V>(node: TrieNode<V> | undefined): IterableIterator<Leaf<V>> {
  if (!node) return;
  if (node.type === 'leaf') yield node;
  else if (node.type === 'collision') yield* node.leaves;
  else for (const child of node.children) yield* leavesOf(child);
}

type Visit<V> = (key: string, before: V | undefined, after: V | undefined) => void;

function diffNodes<V>(a: TrieNode<V> | undefined, b: TrieNode<V> | undefined, shift: number, visit: Visit<V>): void {
  if (a === b) return;
  if (a?.type !== 'branch' && b?.type !== 'branch') {
    diffLeaves([...leavesOf(a)], [...leavesOf(b)], visit);
    return;
  }
  const before = asBranch(a, shift);
  const after = asBranch(b, shift);
  for (let rest = before.bitmap | after.bitmap; rest !== 0; rest &= rest - 1) {
    const bit = rest & -rest;
    diffNodes(childAt(before, bit), childAt(after, bit), shift + 5, visit);
  }
}

function asBranch<V>(node: TrieNode<V> | undefined, shift: number): Branch<V> {
  if (!node) return { type: 'branch', bitmap: 0, children: [] };
  return node.type === 'branch' ? node : branchOf(node, shift);
}

function childAt<V>(branch: Branch<V>, bit: number): TrieNode<V> | undefined {
  return (branch.bitmap & bit) === 0 ? undefined : branch.children[indexOf(branch.bitmap, bit)];
}

function diffLeaves<V>(before: readonly Leaf<V>[], after: readonly Leaf<V>[], visit: Visit<V>): void {
  for (const old of before) {
    const now = after.find((leaf) => leaf.key === old.key);
    if (!now || !Object.is(now.value, old.value)) visit(old.key, old.value, now?.value);
  }
  for (const now of after) {
    if (!before.some((leaf) => leaf.key === now.key)) visit(now.key, undefined, now.value);
  }
}
